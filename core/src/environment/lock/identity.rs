//! Who holds a lock, and whether that process has lost it.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::engine::sys::{Life, ProcessIdentity, fork_generation, host_name, life, own_identity};
use crate::ids::user_name;

/// A process that holds a lock, as its row tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Holder {
    pub(in super::super) process: ProcessIdentity,
    pub(in super::super) host: String,
    pub(in super::super) user: String,
}

impl Holder {
    /// This process.
    pub(in super::super) fn own() -> Arc<Self> {
        static OWN: Mutex<Option<(u32, Arc<Holder>)>> = Mutex::new(None);
        let generation = fork_generation();
        let mut own = OWN.lock();
        match &*own {
            Some((known, holder)) if *known == generation => holder.clone(),
            _ => {
                let holder = Arc::new(Self { process: own_identity(), host: host_name(), user: user_name() });
                *own = Some((generation, holder.clone()));
                holder
            }
        }
    }

    /// Whether the process is known to be gone. When in doubt it is not.
    pub(in super::super) fn is_gone(&self) -> bool {
        is_gone(&self.process, &Self::own().process, life)
    }
}

/// Judges a process from another one: by asking for it where its id means the same, and by the boot elsewhere.
fn is_gone(holder: &ProcessIdentity, judge: &ProcessIdentity, ask: impl FnOnce(u32, i64) -> Life) -> bool {
    let same_machine = holder.machine == judge.machine && !holder.machine.is_empty();
    let same_boot = if holder.boot.is_empty() && judge.boot.is_empty() {
        // A system without ids of boots tells processes apart over its restarts.
        same_machine
    } else {
        holder.boot == judge.boot
    };
    if same_boot {
        // In another namespace, a container's say, the same number is another process.
        return holder.namespace == judge.namespace && ask(holder.pid, holder.start) == Life::Gone;
    }
    same_machine && !holder.boot.is_empty() && !judge.boot.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process() -> ProcessIdentity {
        ProcessIdentity {
            pid: 7,
            start: 4711,
            boot: "boot 1".to_owned(),
            machine: "machine 1".to_owned(),
            namespace: "pid:[1]".to_owned(),
        }
    }

    fn gone(change: impl FnOnce(&mut ProcessIdentity), answer: Life) -> bool {
        let mut holder = process();
        change(&mut holder);
        is_gone(&holder, &process(), |pid, start| {
            assert_eq!((pid, start), (7, 4711));
            answer
        })
    }

    fn gone_unasked(change: impl FnOnce(&mut ProcessIdentity)) -> bool {
        let mut holder = process();
        change(&mut holder);
        is_gone(&holder, &process(), |_, _| panic!("its id means nothing here"))
    }

    #[test]
    fn on_the_same_boot_the_process_decides() {
        assert!(gone(|_| {}, Life::Gone));
        assert!(!gone(|_| {}, Life::Lives));
        assert!(gone(|holder| holder.machine.clear(), Life::Gone), "the boot alone tells the machine");
    }

    #[test]
    fn another_boot_of_the_machine_has_no_process_left() {
        assert!(gone_unasked(|holder| holder.boot = "boot 2".to_owned()));
    }

    #[test]
    fn anywhere_else_it_is_in_doubt() {
        assert!(!gone_unasked(|holder| holder.namespace = "pid:[2]".to_owned()), "in a container");
        assert!(!gone_unasked(|holder| holder.namespace.clear()), "where namespaces can't be seen");
        assert!(!gone_unasked(|holder| {
            holder.machine = "machine 2".to_owned();
            holder.boot = "boot 2".to_owned();
        }));
        assert!(!gone_unasked(|holder| {
            holder.machine.clear();
            holder.boot = "boot 2".to_owned();
        }));
        assert!(!gone_unasked(|holder| holder.boot.clear()));
    }

    #[test]
    fn a_system_without_boots_goes_by_the_machine() {
        let none = |machine: &str| ProcessIdentity {
            boot: String::new(),
            namespace: String::new(),
            machine: machine.to_owned(),
            ..process()
        };
        assert!(is_gone(&none("a"), &none("a"), |_, _| Life::Gone));
        assert!(!is_gone(&none("a"), &none("b"), |_, _| Life::Gone));
        assert!(!is_gone(&none(""), &none(""), |_, _| Life::Gone));
    }
}
