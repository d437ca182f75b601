//! The program of the README.
//!
//! Goal: it does what it says. Method: `program.rs` is the same text; it runs twice in an empty folder.

#![allow(missing_docs)]

use statehold::{Number, Store};

mod program {
    include!("program.rs");

    pub(super) fn run() -> Result<()> {
        main()
    }
}

#[test]
fn the_program_of_the_readme_runs() {
    let readme = include_str!("../../../README.md").replace("\r\n", "\n");
    let program = include_str!("program.rs").replace("\r\n", "\n");
    assert!(
        readme.contains(&format!("```rust\n{program}```")),
        "README.md has another program than program.rs"
    );

    let folder = tempfile::tempdir().unwrap();
    std::env::set_current_dir(folder.path()).unwrap();
    program::run().unwrap();
    program::run().unwrap();
    let store = Store::open("state.db").unwrap();
    assert_eq!(store.namespace("counters").increment("runs", 1).unwrap(), Number::Int(3));
    assert!(store.namespace("sessions").get_ttl("ada").unwrap().is_some());
}
