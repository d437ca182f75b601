//! Goal: what threads that commit durably gain by sharing a store, beside plain SQLite. Method: in turns and in one
//! process, each for a third of a second, so that what else the machine does falls on all alike: a store, one
//! connection behind a mutex, and a connection for each thread; the medians' ratios are printed. Arguments: rounds,
//! then numbers of threads.
#![allow(missing_docs, clippy::unwrap_used, clippy::cast_precision_loss)]

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use statehold::{Durability, SetOptions, Store, Value};

const SPAN: Duration = Duration::from_millis(300);

fn json(number: u64) -> String {
    format!(
        r#"{{"id":"{number:09}","name":"Ada Lovelace","tags":["first","second"],"score":12.5,"note":"0123456789abcdef"}}"#
    )
}

/// Commits a second by so many threads; `start` gives each of them its way to set a key.
fn rate<S: FnMut(&str, u64)>(threads: u64, start: impl Fn() -> S + Sync) -> f64 {
    let (stop, count) = (AtomicBool::new(false), AtomicU64::new(0));
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (stop, count, start) = (&stop, &count, &start);
            scope.spawn(move || {
                let mut set = start();
                let mut done = 0;
                while !stop.load(Ordering::Relaxed) {
                    set(&format!("key:{thread}:{:03}", done % 300), done);
                    done += 1;
                }
                count.fetch_add(done, Ordering::Relaxed);
            });
        }
        std::thread::sleep(SPAN);
        stop.store(true, Ordering::Relaxed);
    });
    count.into_inner() as f64 / begun.elapsed().as_secs_f64()
}

fn plain(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.busy_timeout(Duration::from_secs(60)).unwrap();
    connection.pragma_update(None, "journal_mode", "wal").unwrap();
    connection.pragma_update(None, "synchronous", if normal() { "NORMAL" } else { "FULL" }).unwrap();
    connection
        .execute_batch("CREATE TABLE IF NOT EXISTS t (ns INTEGER, key TEXT, value TEXT, PRIMARY KEY (ns, key)) WITHOUT ROWID")
        .unwrap();
    connection
}

fn normal() -> bool {
    std::env::var_os("NORMAL").is_some()
}

fn plain_set(connection: &Connection, key: &str, number: u64) {
    let mut set = connection.prepare_cached("INSERT OR REPLACE INTO t VALUES (1, ?1, ?2)").unwrap();
    set.execute((key, json(number))).unwrap();
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

fn main() {
    let mut args = std::env::args().skip(1).map(|number| number.parse::<u64>().unwrap());
    let rounds = args.next().unwrap_or(5);
    let threads: Vec<u64> = args.collect();
    let threads = if threads.is_empty() { vec![1, 2, 4, 8, 32] } else { threads };
    println!("threads   store/s  commits a batch   x a mutex   x a connection each");
    for threads in threads {
        let folder = tempfile::tempdir().unwrap();
        let durability = if normal() { Durability::Normal } else { Durability::Full };
        let store = Store::options().durability(durability).open(folder.path().join("store")).unwrap();
        let shared = Mutex::new(plain(&folder.path().join("shared")));
        let each = folder.path().join("each");
        drop(plain(&each));
        let mut rates = [const { Vec::new() }; 3];
        for _ in 0..rounds {
            rates[0].push(rate(threads, || {
                let ns = store.namespace("bench");
                move |key, number| {
                    let value = Value::Json(statehold::Json::new(json(number)).unwrap());
                    ns.set_value(key, value, &SetOptions::new()).unwrap();
                }
            }));
            rates[1]
                .push(rate(threads, || |key: &str, number| plain_set(&shared.lock().unwrap(), key, number)));
            rates[2].push(rate(threads, || {
                let connection = plain(&each);
                move |key: &str, number| plain_set(&connection, key, number)
            }));
        }
        let stats = store.stats();
        let [ours, shared, each] = rates.map(median);
        let batch = stats.commits as f64 / stats.batches.max(1) as f64;
        println!("{threads:7} {ours:9.0} {batch:16.1} {:11.2} {:21.2}", ours / shared, ours / each);
    }
}
