//! Six processes, two of each language, that all want the lock of one environment. Whoever gets it says so
//! and keeps it until it is told otherwise, so that a second one who says so is a second holder.

use std::collections::VecDeque;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ChildStdin;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value as Data, json};
use statehold::{Environments, LockInfo, Store};

use crate::harness::{LANGUAGES, Language, Process, Random, Worker};

/// The environment.
pub(crate) const ENV: &str = "web";
/// A lease. It is renewed every third of it.
const TTL: Duration = Duration::from_millis(450);
/// How soon the next one must have the lock.
pub(crate) const SOON: Duration = Duration::from_secs(1);

/// A process that wants the lock, has it, or has just released it.
pub(crate) struct Contender {
    pub(crate) language: Language,
    process: Process,
    asks: ChildStdin,
    listener: JoinHandle<()>,
    /// Whether it holds the lock, or is to take it, with a lease.
    pub(crate) leases: bool,
}

impl Contender {
    fn tell(&mut self, asked: &Data) {
        writeln!(self.asks, "{asked}").unwrap_or_else(|error| panic!("{:?} is gone: {error}", self.language));
    }

    /// Has it take the lock as soon as it can.
    fn contend(&mut self, random: &mut Random) {
        self.leases = random.below(5) == 0;
        let ttl = self.leases.then_some(TTL.as_millis());
        self.tell(&json!({ "do": "env_lock", "env": ENV, "ttl_ms": ttl }));
    }
}

/// Who has the lock.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    /// The place of the contender, and its process, after which another may come to that place.
    pub(crate) at: usize,
    process: u32,
    token: String,
    pub(crate) fencing: u64,
}

/// What is heard of the contenders: the place, which process it is that has it, and what that said.
type Heard = (usize, u32, Data);

/// Those who want the lock, and the test's ear.
pub(crate) struct Arena {
    path: PathBuf,
    pub(crate) random: Random,
    pub(crate) contenders: Vec<Contender>,
    says: Sender<Heard>,
    hears: Receiver<Heard>,
    /// Those who got the lock meanwhile.
    granted: VecDeque<Grant>,
    environments: Environments,
}

impl Arena {
    pub(crate) fn new(path: &Path, store: &Store, random: Random) -> Self {
        let (says, hears) = channel();
        let mut arena = Self {
            path: path.to_owned(),
            random,
            contenders: Vec::new(),
            says,
            hears,
            granted: VecDeque::new(),
            environments: store.environments(),
        };
        for at in 0..6 {
            let contender = arena.contender(at, LANGUAGES[at % 3]);
            arena.contenders.push(contender);
        }
        arena
    }

    /// Starts one. It goes for the lock once it is up.
    fn contender(&mut self, at: usize, language: Language) -> Contender {
        let Worker { process, asks, answers, .. } = Worker::start(language);
        let (says, id) = (self.says.clone(), process.id());
        let listener = std::thread::spawn(move || {
            for answer in answers {
                // The test has ended, if nobody hears it.
                let _ = says.send((at, id, answer));
            }
        });
        let mut contender = Contender { language, process, asks, listener, leases: false };
        contender.tell(&json!({ "do": "open", "path": self.path, "durability": "normal" }));
        contender.contend(&mut self.random);
        contender
    }

    /// Kills one, hears the last of it, and starts another in its place.
    pub(crate) fn kill(&mut self, at: usize) {
        let language = self.contenders[at].language;
        let new = self.contender(at, language);
        let old = std::mem::replace(&mut self.contenders[at], new);
        // Kept until it is dead: at the end of its input it would release the lock and go in peace.
        let Contender { process, listener, asks: _asks, .. } = old;
        let dead = process.id();
        process.kill();
        listener.join().unwrap();
        self.granted.retain(|grant| grant.process != dead);
    }

    /// The next thing that one who is alive says, but that it has opened the store.
    fn hear(&self, within: Duration) -> Option<(usize, Data)> {
        let end = Instant::now() + within;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let (at, id, answer) = match self.hears.recv_timeout(left) {
                Ok(heard) => heard,
                Err(RecvTimeoutError::Timeout) => return None,
                Err(RecvTimeoutError::Disconnected) => unreachable!("the arena can speak itself"),
            };
            let language = self.contenders[at].language;
            let ok = answer.get("ok").unwrap_or_else(|| panic!("{language:?}: {answer}"));
            if id == self.contenders[at].process.id() && !ok.is_null() {
                return Some((at, ok.clone()));
            }
        }
    }

    fn grant(&self, (at, answer): (usize, Data)) -> Grant {
        let token = answer["token"].as_str().unwrap_or_else(|| panic!("no grant: {answer}")).to_owned();
        let process = self.contenders[at].process.id();
        Grant { at, process, token, fencing: answer["fencing"].as_u64().unwrap() }
    }

    /// Who gets the lock next.
    pub(crate) fn next_grant(&mut self, within: Duration) -> Grant {
        let granted = self.granted.pop_front().or_else(|| self.hear(within).map(|heard| self.grant(heard)));
        granted.unwrap_or_else(|| {
            panic!("nobody has got the lock in {within:?}: {:?}", self.environments.lock_info(ENV))
        })
    }

    /// What one answers. Those who get the lock meanwhile are remembered.
    fn answer_of(&mut self, wanted: usize) -> Data {
        loop {
            let heard = self.hear(Duration::from_secs(10)).expect("an answer within 10 s");
            if heard.0 == wanted {
                return heard.1;
            }
            let grant = self.grant(heard);
            self.granted.push_back(grant);
        }
    }

    fn lock_info(&self) -> LockInfo {
        self.environments.lock_info(ENV).unwrap().unwrap()
    }

    /// Asserts that the holder still has the lock and nobody else says so.
    pub(crate) fn assert_held(&mut self, holder: &Grant) {
        let info = self.lock_info();
        assert_eq!((info.token.as_ref(), info.is_stale), (Some(&holder.token), false), "{info:?}");
        let other =
            self.granted.pop_front().or_else(|| self.hear(Duration::ZERO).map(|heard| self.grant(heard)));
        assert!(other.is_none(), "two holders: {holder:?} and {other:?}");
    }

    /// Stops the holder for less than its lease, if it has one, and lets it go on.
    pub(crate) fn pause(&mut self, holder: &Grant) {
        let pause = Duration::from_millis(self.random.next() % 60);
        self.contenders[holder.at].process.signal("-STOP");
        std::thread::sleep(pause);
        self.assert_held(holder);
        self.contenders[holder.at].process.signal("-CONT");
    }

    /// Has the holder write, release the lock.
    pub(crate) fn pass_on(&mut self, holder: &Grant) {
        let step = holder.fencing.to_string();
        self.contenders[holder.at].tell(&json!({ "do": "env_write", "step": step }));
        let written = self.answer_of(holder.at);
        assert!(written["written"].is_u64(), "a holder could not write: {written}");
        self.assert_held(holder);
        assert_eq!(self.environments.load(ENV).unwrap().step, Some(step));
        self.contenders[holder.at].tell(&json!({ "do": "env_unlock" }));
    }

    /// What the holder says after that. It wants the lock again.
    pub(crate) fn assert_unlocked(&mut self, holder: &Grant) {
        assert_eq!(self.answer_of(holder.at), json!({ "unlocked": true }));
        let Self { contenders, random, .. } = self;
        contenders[holder.at].contend(random);
    }

    /// Stops the holder until another has the lock, which is after its lease ended; then it can't write.
    pub(crate) fn outlive(&mut self, holder: &Grant) -> Grant {
        // Right after a renewal, so that it is not stopped in the middle of a commit, which would stop all who write.
        let renewed = self.lock_info().expires_at;
        while self.lock_info().expires_at == renewed {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.contenders[holder.at].process.signal("-STOP");
        let (start, mut expires_at) = (Instant::now(), None);
        let taken = loop {
            let info = self.lock_info();
            if info.token.as_ref() != Some(&holder.token) {
                break info;
            }
            expires_at = info.expires_at;
            assert!(start.elapsed() < TTL + SOON, "the lock is not free after its lease: {info:?}");
            std::thread::sleep(Duration::from_millis(1));
        };
        let expires_at = expires_at.expect("it was there when the holder was stopped");
        assert!(taken.taken_at >= expires_at, "{taken:?} before the lease ended at {expires_at:?}");
        assert!(taken.taken_at < expires_at + SOON, "{taken:?} late after the lease ended at {expires_at:?}");
        let next = self.next_grant(SOON);
        assert!(next.at != holder.at && next.fencing > holder.fencing, "{next:?} after {holder:?}");
        let before = self.environments.load(ENV).unwrap();

        self.contenders[holder.at].process.signal("-CONT");
        self.contenders[holder.at].tell(&json!({ "do": "env_write", "step": "late" }));
        assert_eq!(self.answer_of(holder.at), json!({ "refused": ["LOCKED"] }), "it has lost its lock");
        self.contenders[holder.at].tell(&json!({ "do": "env_unlock" }));
        assert_eq!(self.answer_of(holder.at), json!({ "unlocked": false }));
        assert_eq!(self.environments.load(ENV).unwrap(), before, "it has not written");
        self.assert_held(&next);
        let Self { contenders, random, .. } = self;
        contenders[holder.at].contend(random);
        next
    }
}
