//! Goal: the file is laid out ahead of commits that are synced and of no others, never over what is in it, and what
//! fails is let be. Method: a file in memory that keeps account of its writes and can be full.

use super::*;

const FULL: c_int = 13;
/// Of a commit of two pages.
const COMMIT: usize = 2 * (24 + 4_096);

#[derive(Default)]
struct File {
    bytes: Vec<u8>,
    /// How often it was written to for the sake of later commits.
    laid: usize,
    room: Option<usize>,
}

impl Log for File {
    fn write(&mut self, bytes: &[u8], at: u64) -> Result<(), c_int> {
        let at = usize::try_from(at).unwrap();
        if self.room.is_some_and(|room| at + bytes.len() > room) {
            return Err(FULL);
        }
        assert!(at >= self.bytes.len() || bytes.iter().any(|byte| *byte != 0), "zeros over what is there");
        self.laid += usize::from(bytes[0] == 0);
        self.bytes.resize(self.bytes.len().max(at + bytes.len()), 0);
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    fn length(&mut self) -> Result<u64, c_int> {
        Ok(self.bytes.len() as u64)
    }
}

/// A commit, as `log_vfs` has it written. Gives whether the file got longer by it.
fn commit(ahead: &mut Ahead, file: &mut File, number: usize, synced: bool) -> bool {
    let (before, at) = (file.bytes.len(), (32 + number * COMMIT) as u64);
    ahead.make_room(file, at, COMMIT);
    let grown = file.bytes.len().max(before);
    file.write(&[7; COMMIT], at).unwrap();
    if synced {
        ahead.synced();
    }
    assert!(grown == before || file.bytes.len() == grown, "it is laid out beyond the commit");
    file.bytes.len() != before
}

fn head(ahead: &mut Ahead, file: &mut File) {
    ahead.make_room(file, 0, 32);
    file.write(&[1; 32], 0).unwrap();
    ahead.synced();
}

#[test]
fn few_of_many_synced_commits_make_the_file_longer() {
    let (mut ahead, mut file) = Default::default();
    head(&mut ahead, &mut file);
    let grew = (0..1_000).filter(|number| commit(&mut ahead, &mut file, *number, true)).count();
    assert!((8..20).contains(&grew), "{grew} of 1,000 commits");
    let used = 32 + 1_000 * COMMIT;
    assert!(file.bytes.len() < used + (1 << 20), "{} bytes", file.bytes.len());
    assert!(file.bytes[32..used].iter().all(|byte| *byte == 7));
}

#[test]
fn what_is_not_synced_is_appended() {
    let (mut ahead, mut file) = Default::default();
    head(&mut ahead, &mut file);
    assert!((0..100).all(|number| commit(&mut ahead, &mut file, number, false)));
    assert_eq!(file.laid, 0);
    // The first that is synced tells of those that follow.
    assert!(commit(&mut ahead, &mut file, 100, true));
    assert_eq!(file.laid, 0);
    assert!(commit(&mut ahead, &mut file, 101, true));
    assert!(file.laid > 0 && !commit(&mut ahead, &mut file, 102, true));
}

#[test]
fn a_log_that_was_cut_is_laid_out_again() {
    let (mut ahead, mut file) = Default::default();
    head(&mut ahead, &mut file);
    for number in 0..100 {
        commit(&mut ahead, &mut file, number, true);
    }
    file = File::default();
    head(&mut ahead, &mut file);
    let grew = (0..100).filter(|number| commit(&mut ahead, &mut file, *number, true)).count();
    assert!((3..12).contains(&grew), "{grew} of 100 commits");
}

#[test]
fn without_room_the_commits_go_on_as_long_as_they_fit() {
    let (mut ahead, mut file) = Default::default();
    head(&mut ahead, &mut file);
    file.room = Some(32 + 10 * COMMIT);
    for number in 0..10 {
        commit(&mut ahead, &mut file, number, true);
    }
    ahead.make_room(&mut file, (32 + 10 * COMMIT) as u64, COMMIT);
    assert_eq!(file.write(&[7; COMMIT], (32 + 10 * COMMIT) as u64), Err(FULL));
    let laid = file.laid;
    file.room = None;
    commit(&mut ahead, &mut file, 10, true);
    commit(&mut ahead, &mut file, 11, true);
    assert_eq!(file.laid, laid, "it is not tried again");
}
