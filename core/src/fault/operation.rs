//! The table of all operations: what faults can be set on, and by which names.

use crate::error::{Error, Result};
use crate::namespace::Glob;
use crate::options::nearest;

/// The facet of a name that tells none.
const MOCK: &str = "mock.";

/// Whether an operation can leave something behind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Does {
    Read,
    Write,
}

/// Gives each operation its name and what it does, once.
macro_rules! operations {
    ($($variant:ident => $name:literal, $does:ident;)*) => {
        /// A public operation of a store, whatever language it is called from.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Operation {
            $($variant),*
        }

        impl Operation {
            /// All of them, facet by facet.
            const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name by which faults know it: `namespace.set`.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),*
                }
            }

            fn does(self) -> Does {
                match self {
                    $(Self::$variant => Does::$does),*
                }
            }
        }
    };
}

operations! {
    NamespaceGet => "namespace.get", Read;
    NamespaceEntry => "namespace.entry", Read;
    NamespaceExists => "namespace.exists", Read;
    NamespaceGetTtl => "namespace.get_ttl", Read;
    NamespaceList => "namespace.list", Read;
    NamespaceItems => "namespace.items", Read;
    NamespaceCount => "namespace.count", Read;
    NamespaceBatchGet => "namespace.batch_get", Read;
    NamespaceWatch => "namespace.watch", Read;
    NamespaceSet => "namespace.set", Write;
    NamespaceDelete => "namespace.delete", Write;
    NamespacePop => "namespace.pop", Write;
    NamespaceSetTtl => "namespace.set_ttl", Write;
    NamespaceTouch => "namespace.touch", Write;
    NamespaceBatchSet => "namespace.batch_set", Write;
    NamespaceBatchDelete => "namespace.batch_delete", Write;
    NamespaceClear => "namespace.clear", Write;
    NamespaceUpdate => "namespace.update", Write;
    NamespaceMerge => "namespace.merge", Write;
    NamespaceIncrement => "namespace.increment", Write;
    NamespaceGetOrSet => "namespace.get_or_set", Write;
    NamespaceDeleteMatching => "namespace.delete_matching", Write;

    PluginNames => "plugin.names", Read;
    PluginLoad => "plugin.load", Read;
    PluginExists => "plugin.exists", Read;
    PluginValidate => "plugin.validate", Read;
    PluginViolations => "plugin.violations", Read;
    PluginListBackups => "plugin.list_backups", Read;
    PluginDiff => "plugin.diff", Read;
    PluginDryRunMigrate => "plugin.dry_run_migrate", Read;
    PluginExport => "plugin.export", Read;
    PluginExportFile => "plugin.export_file", Read;
    PluginSave => "plugin.save", Write;
    PluginClear => "plugin.clear", Write;
    PluginClearAll => "plugin.clear_all", Write;
    PluginRestore => "plugin.restore", Write;
    PluginMigrate => "plugin.migrate", Write;
    PluginImport => "plugin.import", Write;
    PluginImportFile => "plugin.import_file", Write;

    CaseOpen => "case.open", Read;
    CaseList => "case.list", Read;
    CaseReload => "case.reload", Read;
    CaseReceipts => "case.receipts", Read;
    CaseEffects => "case.effects", Read;
    CaseLookup => "case.lookup", Read;
    CaseLookupByKey => "case.lookup_by_key", Read;
    CaseAt => "case.at", Read;
    CaseVerify => "case.verify", Read;
    CaseCreate => "case.create", Write;
    CaseCommit => "case.commit", Write;
    CaseClose => "case.close", Write;
    CaseDelete => "case.delete", Write;
    CaseRestore => "case.restore", Write;
    CaseEffect => "case.effect", Write;
    CaseResolveEffect => "case.resolve_effect", Write;
    CaseRotateReceipts => "case.rotate_receipts", Write;

    EnvironmentLoad => "environment.load", Read;
    EnvironmentFind => "environment.find", Read;
    EnvironmentExists => "environment.exists", Read;
    EnvironmentList => "environment.list", Read;
    EnvironmentHistory => "environment.history", Read;
    EnvironmentAt => "environment.at", Read;
    EnvironmentInterrupted => "environment.interrupted", Read;
    EnvironmentLifecycle => "environment.lifecycle", Read;
    EnvironmentLifecycles => "environment.lifecycles", Read;
    EnvironmentLockInfo => "environment.lock_info", Read;
    EnvironmentIsHeld => "environment.is_held", Read;
    EnvironmentCreate => "environment.create", Write;
    EnvironmentSave => "environment.save", Write;
    EnvironmentTransition => "environment.transition", Write;
    EnvironmentSetStep => "environment.set_step", Write;
    EnvironmentRecover => "environment.recover", Write;
    EnvironmentDelete => "environment.delete", Write;
    EnvironmentRegisterLifecycle => "environment.register_lifecycle", Write;
    EnvironmentLock => "environment.lock", Write;
    EnvironmentRelease => "environment.release", Write;
    EnvironmentForceUnlock => "environment.force_unlock", Write;

    StoreBegin => "store.begin", Read;
    StoreSnapshot => "store.snapshot", Read;
    StoreNamespaces => "store.namespaces", Read;
    StoreRevision => "store.revision", Read;
    StoreJournal => "store.journal", Read;
    StoreWatch => "store.watch", Read;
    StoreVerify => "store.verify", Read;
    StoreVerifyJournal => "store.verify_journal", Read;
    StoreInfo => "store.info", Read;
    StoreBackup => "store.backup", Read;
    StoreExport => "store.export", Read;
    StoreImport => "store.import", Write;
    StoreCommit => "store.commit", Write;
    StorePurgeExpired => "store.purge_expired", Write;
    StoreFlush => "store.flush", Write;
    StoreVacuum => "store.vacuum", Write;

    MockGetInstance => "mock.get_instance", Read;
    MockSetInstance => "mock.set_instance", Write;
    MockUpdateInstanceState => "mock.update_instance_state", Write;
    MockGetPublicIp => "mock.get_public_ip", Read;
    MockSetPublicIp => "mock.set_public_ip", Write;
    MockHasVolume => "mock.has_volume", Read;
    MockSetHasVolume => "mock.set_has_volume", Write;
    MockStartInstance => "mock.start_instance", Write;
    MockStopInstance => "mock.stop_instance", Write;
    MockCompleteTransition => "mock.complete_transition", Write;
    MockGetTransition => "mock.get_transition", Read;
    MockSetTransition => "mock.set_transition", Write;
    MockGetParameter => "mock.get_parameter", Read;
    MockSetParameter => "mock.set_parameter", Write;
    MockDeleteParameter => "mock.delete_parameter", Write;
    MockGetAllParameters => "mock.get_all_parameters", Read;
    MockGetCommands => "mock.get_commands", Read;
    MockAddCommand => "mock.add_command", Write;
    MockUpdateCommand => "mock.update_command", Write;
    MockClearCommands => "mock.clear_commands", Write;
    MockGetBackups => "mock.get_backups", Read;
    MockAddBackup => "mock.add_backup", Write;
    MockRemoveBackup => "mock.remove_backup", Write;
    MockClearBackups => "mock.clear_backups", Write;
    MockGetCosts => "mock.get_costs", Read;
    MockSetCosts => "mock.set_costs", Write;
    MockGetStackStatus => "mock.get_stack_status", Read;
    MockSetStackStatus => "mock.set_stack_status", Write;
    MockGetState => "mock.get_state", Read;
    MockResetState => "mock.reset_state", Write;
    MockPatchState => "mock.patch_state", Write;
    MockPersistNow => "mock.persist_now", Write;
    MockWithLock => "mock.with_lock", Write;
    MockWithLockAndPersist => "mock.with_lock_and_persist", Write;
}

impl Operation {
    /// All names, facet by facet.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> + Clone {
        Self::ALL.iter().map(|operation| operation.name())
    }

    /// Whether it can leave something behind, so that a failure after it has lost an acknowledgement.
    pub(crate) fn writes(self) -> bool {
        self.does() == Does::Write
    }
}

/// An operation's name or a glob pattern over names that matches at least one, as rules and queries have it.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    name: String,
    /// None for the name of one operation.
    pattern: Option<Glob>,
}

impl Target {
    /// Reads what a caller wrote. Words in `lowerCamelCase` count as in `snake_case`, and one without a dot names an
    /// operation of the mock cloud: `startInstance` is `mock.start_instance`.
    pub(crate) fn parse(written: &str) -> Result<Self> {
        if written.contains(' ') {
            return Err(none_such(written, written));
        }
        if written.contains(['*', '?', '[', '\\']) {
            let glob = Glob::new(written)?;
            if Operation::names().any(|name| glob.matches(name)) {
                return Ok(Self { name: written.to_owned(), pattern: Some(glob) });
            }
            return Err(none_such(written, written));
        }
        let prefix = if written.contains('.') { "" } else { MOCK };
        let mut name = prefix.to_owned();
        for char in written.chars() {
            if char.is_ascii_uppercase() {
                name.push('_');
            }
            name.push(char.to_ascii_lowercase());
        }
        if Operation::names().any(|known| known == name) {
            return Ok(Self { name, pattern: None });
        }
        Err(none_such(written, &name[prefix.len()..]))
    }

    /// The operation's full name, or the pattern.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn is_pattern(&self) -> bool {
        self.pattern.is_some()
    }

    /// Whether it means the operation of this full name.
    pub(crate) fn matches(&self, operation: &str) -> bool {
        self.pattern.as_ref().map_or(self.name == operation, |glob| glob.matches(operation))
    }
}

/// The error of what means no operation; `name` is what was written, in `snake_case`.
fn none_such(written: &str, name: &str) -> Error {
    let facet = if name.contains('.') { "" } else { MOCK };
    let near = nearest(name, Operation::names().filter_map(|known| known.strip_prefix(facet)));
    let hint = near.map_or_else(
        || format!("there are {}", Operation::names().collect::<Vec<_>>().join(", ")),
        |near| format!("did you mean `{facet}{near}`?"),
    );
    Error::value("operation", format!("`{written}` is no operation and matches none: {hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_of_a_facet_and_in_snake_case_and_each_stands_once() {
        let mut seen = std::collections::HashSet::new();
        for name in Operation::names() {
            assert!(seen.insert(name), "{name} stands twice");
            let (facet, operation) = name.split_once('.').unwrap();
            for word in [facet, operation] {
                assert!(word.chars().all(|char| char.is_ascii_lowercase() || char == '_'), "{name}");
            }
            assert_eq!(Target::parse(name).unwrap().name(), name);
        }
    }

    #[test]
    fn other_spellings_are_the_same_operation() {
        assert_eq!(Target::parse("startInstance").unwrap().name(), "mock.start_instance");
        assert_eq!(Target::parse("namespace.batchGet").unwrap().name(), "namespace.batch_get");
    }

    #[test]
    fn a_pattern_has_to_match_an_operation() {
        let all = Target::parse("namespace.*").unwrap();
        assert!(all.matches("namespace.set") && !all.matches("mock.get_state") && all.is_pattern());
        for (wrong, hint) in [
            ("namespace.gte", "did you mean `namespace.get`?"),
            ("startInstanze", "did you mean `mock.start_instance`?"),
            ("nothing.*", "there are namespace.get, "),
            ("", "there are namespace.get, "),
        ] {
            let error = Target::parse(wrong).unwrap_err();
            assert_eq!(error.code(), "INVALID_VALUE");
            assert!(error.to_string().contains(hint), "{error}");
        }
    }
}
