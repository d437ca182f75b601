//! Comparing what a step gave with what it is expected to give.

use serde_json::Value as Case;
use statehold::Field;

use crate::convert::{brief, moment, texts};
use crate::execute::{Executor, Failure, gives_revision, op};
use crate::format::{Data, same};
use crate::plugin::violations;

/// Which operations give records, of which the fields that are expected are compared, and no others.
const RECORDS: &[&str] =
    &["entry", "transaction", "atomic", "verify_journal", "verify", "next", "lifecycle", "read_file"];
const RECORDS_OF_PLUGINS: &[&str] = &["load", "diff", "dry_run_migrate", "export"];
const RECORDS_OF_CASES: &[&str] = &[
    "quantum",
    "commit",
    "close",
    "restore",
    "state",
    "token",
    "scope",
    "at",
    "snapshot",
    "verify",
    "effect",
    "resolve_effect",
    "lookup_by_key",
];
const RECORDS_OF_ENVIRONMENTS: &[&str] = &[
    "create",
    "load",
    "find",
    "save",
    "transition",
    "method",
    "set_step",
    "recover",
    "at",
    "recovery",
    "lock",
    "lock_info",
    "run",
];
/// Which ones give lists of them.
const LISTS: &[&str] =
    &["journal", "events", "changes", "cases", "environments", "interrupted", "lifecycles"];
const LISTS_OF_PLUGINS: &[&str] = &["list_backups", "violations"];
const LISTS_OF_CASES: &[&str] = &["receipts", "effects", "lookup"];
const LISTS_OF_ENVIRONMENTS: &[&str] = &["history"];
const RECORDS_OF_FAULTS: &[&str] = &["get_operation_failure"];
const LISTS_OF_FAULTS: &[&str] = &["list", "calls"];
const LISTS_OF_MOCKS: &[&str] = &["get_commands", "get_backups", "list"];

/// The fields that are moments or spans of time.
const TIMES: &[&str] = &[
    "created_at",
    "updated_at",
    "expires_at",
    "last_modified",
    "time",
    "entered_at",
    "started_at",
    "last_commit",
    "duration",
    "latency",
    "failed_at",
    "taken_at",
    "spent",
    "ttl",
    "since",
];
/// The fields that are records, lists of records, and objects of records by their names.
const INNER: &[&str] = &["metadata", "journal", "failure", "record", "holder"];
/// The operations of mock clouds of whose records every object is a record too.
const INNER_OF_MOCKS: &[&str] = &["get_state"];
const INNER_LISTS: &[&str] = &["problems"];
const INNER_OBJECTS: &[&str] = &["tokens", "scopes"];
/// The fields that only a commit gives, so that they are not compared in the mode `transaction`.
const AFTER_COMMIT: &[&str] = &["revision", "hash", "previous"];

impl Executor<'_> {
    pub(crate) fn check_error(&self, failure: &Failure, step: &Case) {
        let expected = &step["error"];
        let Failure::Store(error) = failure else {
            assert_eq!(expected["raised"], true, "{step} raised");
            return;
        };
        assert_eq!(expected["code"], error.code(), "{step} failed: {error}");
        let fields = error.fields();
        for (name, value) in expected.as_object().unwrap().iter().filter(|(name, _)| *name != "code") {
            let found = fields.iter().find(|(field, _)| field == name);
            let found = match &found.unwrap_or_else(|| panic!("{step}: no {name} in {error:?}")).1 {
                Field::Text(text) => Data::Text(text.clone()),
                Field::Bool(value) => Data::Bool(*value),
                Field::Int(int) => Data::Int((*int).into()),
                Field::Duration(duration) => Data::Float(duration.as_secs_f64()),
                Field::Time(time) => moment(*time),
                Field::Names(names) => texts(names.clone()),
                Field::Violations(all) => violations(all),
                Field::None => Data::Null,
            };
            match (&found, self.decode(value)) {
                (Data::List(_), expected @ Data::List(_)) if name == "violations" => {
                    self.check_records(step, &found, &expected);
                }
                (Data::Float(_), Data::Int(_) | Data::Float(_)) if TIMES.contains(&&**name) => {
                    assert_eq!(found.millis(), self.decode(value).millis(), "{step}: {name}");
                }
                (found, expected) => assert!(same(found, &expected, true), "{step}: {name} is {found:?}"),
            }
        }
    }

    pub(crate) fn check(&self, step: &Case, result: &Data, expected: &Data) {
        let op = op(step);
        if self.mode == "transaction" && (gives_revision(step) || ["batch_set", "revision"].contains(&op)) {
            return;
        }
        let of = ["plugin", "case", "env", "faults", "mock", "scenarios"]
            .into_iter()
            .find(|facet| step.get(facet).is_some());
        let (records, lists) = match of {
            Some("plugin") => (RECORDS_OF_PLUGINS, LISTS_OF_PLUGINS),
            Some("case") => (RECORDS_OF_CASES, LISTS_OF_CASES),
            Some("env") => (RECORDS_OF_ENVIRONMENTS, LISTS_OF_ENVIRONMENTS),
            Some("faults") => (RECORDS_OF_FAULTS, LISTS_OF_FAULTS),
            Some(_) if op == "get_all_parameters" => (&[][..], &[][..]),
            Some(_) => (&[op][..], LISTS_OF_MOCKS),
            None => (RECORDS, LISTS),
        };
        match expected {
            Data::Map(_) if records.contains(&op) => self.check_fields(step, result, expected),
            Data::List(_) if lists.contains(&op) => self.check_records(step, result, expected),
            Data::Int(_) | Data::Float(_) if op == "get_ttl" => {
                assert_eq!(result.millis(), expected.millis(), "{step} gave {result:?}");
            }
            _ => assert!(same(result, expected, op != "batch_get"), "{step} gave {}", brief(result)),
        }
    }

    fn check_records(&self, step: &Case, found: &Data, expected: &Data) {
        let (found, expected) = (ordered(found), ordered(expected));
        assert_eq!(found.len(), expected.len(), "{step} gave {found:?}");
        for (record, expected) in found.into_iter().zip(expected) {
            self.check_fields(step, record, expected);
        }
    }

    /// Records by their names: exactly these, and of each the fields that are expected.
    fn check_objects(&self, step: &Case, found: &Data, expected: &[(Data, Data)]) {
        let Data::Map(records) = found else { panic!("{step} gave {found:?}") };
        let names = |all: &[(Data, Data)]| all.iter().map(|(name, _)| name.text()).collect::<Vec<_>>();
        assert_eq!(names(records), names(expected), "{step} gave {found:?}");
        for ((_, record), (_, expected)) in records.iter().zip(expected) {
            self.check_fields(step, record, expected);
        }
    }

    pub(crate) fn check_fields(&self, step: &Case, result: &Data, expected: &Data) {
        let Data::Map(fields) = expected else { panic!("{step} expects no fields") };
        for (name, expected) in fields {
            let name = name.text();
            let found = result.find_member(&name).cloned().unwrap_or(Data::Absent);
            let fits = match expected {
                _ if AFTER_COMMIT.contains(&&*name) && self.mode == "transaction" => true,
                Data::Int(_) | Data::Float(_) if TIMES.contains(&&*name) => {
                    found.millis() == expected.millis()
                }
                Data::Map(_)
                    if INNER.contains(&&*name)
                        || INNER_OF_MOCKS.contains(&step["op"].as_str().unwrap_or_default()) =>
                {
                    self.check_fields(step, &found, expected);
                    true
                }
                Data::Map(expected) if INNER_OBJECTS.contains(&&*name) => {
                    self.check_objects(step, &found, expected);
                    true
                }
                Data::List(_) if INNER_LISTS.contains(&&*name) && op(step) == "verify" => {
                    self.check_records(step, &found, expected);
                    true
                }
                Data::List(changes) if name == "changes" => {
                    let sorted = |changes: &[Data]| {
                        let mut all: Vec<String> =
                            changes.iter().map(|change| format!("{change:?}")).collect();
                        all.sort();
                        all
                    };
                    sorted(found.list()) == sorted(changes)
                }
                expected => same(&found, expected, true),
            };
            assert!(fits, "{step}: {name} is {}", brief(&found));
        }
    }
}

/// Records in the order in which they are compared: violations by their paths, since it does not matter which is told
/// first.
fn ordered(records: &Data) -> Vec<&Data> {
    let mut records: Vec<&Data> = records.list().iter().collect();
    records.sort_by_key(|record| record.find_member("path").map(Data::text));
    records
}
