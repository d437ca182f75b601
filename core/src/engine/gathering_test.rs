//! Goal: what is gathered reaches the file as SQLite wrote it, in one write where that is allowed and before
//! anything that could see the difference. Method: a log that records, and fails when it is told to.

use proptest::prelude::*;

use super::*;

const PAGE: usize = 512;
const FRAME: usize = HEADER + PAGE;
/// Stands for any error of the file.
const FULL: c_int = 13;

/// A log's file that keeps account of its writes.
#[derive(Default)]
struct File {
    bytes: Vec<u8>,
    writes: Vec<(u64, usize)>,
    /// Which write fails.
    fails: Option<usize>,
}

impl Log for File {
    fn write(&mut self, bytes: &[u8], at: u64) -> Result<(), c_int> {
        self.writes.push((at, bytes.len()));
        if self.fails == Some(self.writes.len()) {
            return Err(FULL);
        }
        let at = usize::try_from(at).unwrap();
        self.bytes.resize(self.bytes.len().max(at + bytes.len()), 0);
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    fn length(&mut self) -> Result<u64, c_int> {
        Ok(self.bytes.len() as u64)
    }
}

fn header(page: u8, last: bool) -> [u8; HEADER] {
    let mut header = [page; HEADER];
    header[4..8].copy_from_slice(&u32::from(last).to_be_bytes());
    header
}

/// Where a frame begins; they are counted from 1.
fn place(frame: usize) -> u64 {
    (32 + (frame - 1) * FRAME) as u64
}

/// Writes a frame as SQLite does.
fn frame(
    gathering: &mut Gathering,
    file: &mut File,
    number: usize,
    page: u8,
    last: bool,
) -> Result<(), c_int> {
    gathering.write(file, &header(page, last), place(number))?;
    gathering.write(file, &[page; PAGE], place(number) + HEADER as u64)
}

#[test]
fn a_commit_is_one_write() {
    let (mut gathering, mut file) = (Gathering::default(), File::default());
    gathering.begin();
    for number in 1..=3 {
        assert!(file.writes.is_empty());
        frame(&mut gathering, &mut file, number, 7, number == 3).unwrap();
    }
    assert_eq!(file.writes, [(32, 3 * (HEADER + PAGE))]);
    assert!(gathering.end());
}

#[test]
fn outside_of_a_commit_nothing_is_held() {
    let (mut gathering, mut file) = (Gathering::default(), File::default());
    frame(&mut gathering, &mut file, 1, 7, false).unwrap();
    assert_eq!(file.writes.len(), 2, "a page that is spilled");
    gathering.begin();
    frame(&mut gathering, &mut file, 2, 7, false).unwrap();
    frame(&mut gathering, &mut file, 3, 7, true).unwrap();
    assert_eq!(file.writes.len(), 3);
    frame(&mut gathering, &mut file, 4, 7, false).unwrap();
    assert_eq!(file.writes.len(), 5, "the commit is written, whatever comes now is something else");
    assert!(gathering.end());
}

#[test]
fn the_head_of_a_new_log_comes_before_what_is_gathered() {
    let (mut gathering, mut file) = (Gathering::default(), File::default());
    gathering.begin();
    gathering.write(&mut file, &[1; 32], 0).unwrap();
    gathering.settle(&mut file).unwrap(); // it is synced
    frame(&mut gathering, &mut file, 1, 7, false).unwrap();
    frame(&mut gathering, &mut file, 2, 7, true).unwrap();
    assert_eq!(file.writes, [(0, 32), (32, 2 * (HEADER + PAGE))]);
}

#[test]
fn a_header_that_is_rewritten_is_never_held() {
    let (mut gathering, mut file) = (Gathering::default(), File::default());
    frame(&mut gathering, &mut file, 1, 7, false).unwrap();
    gathering.begin();
    gathering.write(&mut file, &[8; PAGE], place(1) + HEADER as u64).unwrap();
    frame(&mut gathering, &mut file, 2, 7, true).unwrap();
    for number in 1..=2 {
        gathering.settle(&mut file).unwrap(); // it is read
        let before = file.writes.len();
        gathering.write(&mut file, &header(9, number == 2), place(number)).unwrap();
        // The first one may be held until the next is read; the last, which ends the commit, may not.
        assert!(number == 1 || file.writes.len() > before);
    }
    assert!(gathering.end());
    assert_eq!(file.bytes[32 + FRAME..][..HEADER], header(9, true));
}

#[test]
fn what_was_given_up_is_dropped() {
    let (mut gathering, mut file) = (Gathering::default(), File::default());
    gathering.begin();
    frame(&mut gathering, &mut file, 1, 7, false).unwrap();
    assert!(!gathering.end());
    gathering.settle(&mut file).unwrap();
    gathering.begin();
    assert!(gathering.end());
    assert!(file.writes.is_empty());
}

#[test]
fn an_error_is_that_of_the_last_write_and_leaves_nothing() {
    let (mut gathering, mut file) = (Gathering::default(), File { fails: Some(1), ..File::default() });
    gathering.begin();
    frame(&mut gathering, &mut file, 1, 7, false).unwrap();
    assert_eq!(frame(&mut gathering, &mut file, 2, 7, true), Err(FULL));
    assert!(gathering.end());
    assert!(file.bytes.is_empty());
    // The same where something else makes it write.
    (gathering, file) = (Gathering::default(), File { fails: Some(1), ..File::default() });
    gathering.begin();
    frame(&mut gathering, &mut file, 1, 7, false).unwrap();
    assert_eq!(gathering.write(&mut file, &[1; PAGE], 32), Err(FULL));
    assert_eq!(file.writes.len(), 1, "it is not written after the error");
    assert!(gathering.end());
}

#[test]
fn a_long_commit_goes_out_in_pieces() {
    let (mut gathering, mut file) = (Gathering::default(), File::default());
    gathering.begin();
    let frames = 1_000;
    for number in 1..=frames {
        frame(&mut gathering, &mut file, number, u8::try_from(number % 251).unwrap(), number == frames)
            .unwrap();
    }
    assert!(gathering.end() && gathering.bytes.capacity() <= 2 * MOST);
    assert_eq!(file.bytes.len(), 32 + frames * FRAME);
    assert!(file.writes.iter().all(|(_, length)| *length <= MOST));
    let least = frames * FRAME / MOST;
    assert!((least..=least + 2).contains(&file.writes.len()), "{} writes", file.writes.len());
}

/// Anything that may be done with a log.
#[derive(Debug, Clone)]
enum Step {
    Begin,
    End,
    /// Anything but a write.
    Other,
    Frame {
        number: usize,
        page: u8,
        last: bool,
    },
    Piece {
        length: usize,
        at: u64,
        page: u8,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::Begin),
        1 => Just(Step::End),
        1 => Just(Step::Other),
        8 => (1..6_usize, any::<u8>(), any::<bool>())
            .prop_map(|(number, page, last)| Step::Frame { number, page, last }),
        2 => (prop_oneof![Just(HEADER), Just(PAGE), Just(32), 1..100_usize], 0..3_000_u64, any::<u8>())
            .prop_map(|(length, at, page)| Step::Piece { length, at, page }),
    ]
}

proptest! {
    #[test]
    fn in_any_order_the_file_gets_what_was_written(steps in prop::collection::vec(step(), 1..40)) {
        let (mut gathering, mut gathered, mut plain) = (Gathering::default(), File::default(), File::default());
        for step in steps {
            match step {
                // What is dropped at the end was given up: here nothing is, so it is asked for first.
                Step::Begin => {
                    gathering.settle(&mut gathered).unwrap();
                    gathering.begin();
                }
                Step::End => {
                    gathering.settle(&mut gathered).unwrap();
                    prop_assert!(gathering.end());
                }
                Step::Other => {
                    gathering.settle(&mut gathered).unwrap();
                    prop_assert_eq!(&gathered.bytes, &plain.bytes, "whoever looks sees all that was written");
                }
                Step::Frame { number, page, last } => {
                    frame(&mut gathering, &mut gathered, number, page, last).unwrap();
                    plain.write(&header(page, last), place(number)).unwrap();
                    plain.write(&[page; PAGE], place(number) + HEADER as u64).unwrap();
                    if last {
                        prop_assert_eq!(&gathered.bytes, &plain.bytes, "the end of a commit is never held");
                    }
                }
                Step::Piece { length, at, page } => {
                    gathering.write(&mut gathered, &vec![page; length], at).unwrap();
                    plain.write(&vec![page; length], at).unwrap();
                }
            }
        }
        gathering.settle(&mut gathered).unwrap();
        prop_assert_eq!(gathered.bytes, plain.bytes);
    }
}
