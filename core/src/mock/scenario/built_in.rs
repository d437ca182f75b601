//! The scenarios that every cloud has, as data.

use std::sync::OnceLock;

use super::Scenario;

/// Their documents, in the order in which they are listed.
const DOCUMENTS: [&str; 14] = [
    include_str!("default.json"),
    include_str!("running.json"),
    include_str!("starting.json"),
    include_str!("stopping.json"),
    include_str!("hibernated.json"),
    include_str!("high-cost.json"),
    include_str!("no-backups.json"),
    include_str!("many-players.json"),
    include_str!("stack-creating.json"),
    include_str!("errors.json"),
    include_str!("slow-network.json"),
    include_str!("throttled.json"),
    include_str!("stack-rollback.json"),
    include_str!("no-volume.json"),
];

/// All of them.
pub(super) fn all() -> &'static [Scenario] {
    static ALL: OnceLock<Vec<Scenario>> = OnceLock::new();
    ALL.get_or_init(|| {
        let read = |document: &str| serde_json::from_str(document).expect("the file is a part of the crate");
        DOCUMENTS.iter().map(|document| read(document)).collect()
    })
}

/// The one of a name.
pub(super) fn named(name: &str) -> Option<&'static Scenario> {
    all().iter().find(|scenario| scenario.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_valid() {
        for scenario in all() {
            assert_eq!(
                Scenario::new(scenario).as_ref().ok(),
                Some(scenario),
                "{:?}",
                Scenario::new(scenario)
            );
        }
    }
}
