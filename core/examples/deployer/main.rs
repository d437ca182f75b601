//! A small site, deployed by real commands: a git repository, a configuration, a release, a server that answers.
//!
//! Two things go wrong on the way. The process that configures the site is killed in the middle of a file; the next one
//! finds that by `interrupted()` and recovers as `docs/recovery.md` says. The first release fails, as its tag is not
//! there. In the end the site is taken down, and its history is printed as a timeline.
//!
//! Run it with `cargo run --example deployer`. It needs git, and leaves nothing behind.

mod steps;

use std::error::Error;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use statehold::environment::state::{ConfigureFailed, Created, Provisioned};
use statehold::{CommandError, Environment, Environments, HistoryOperation, Json, Orchestrator, Store};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["configure", folder] => configure_halfway(Path::new(folder)),
        ["serve", folder] => Ok(steps::serve(Path::new(folder))?),
        _ => {
            let folder = tempfile::tempdir()?;
            deploy(folder.path())?;
            Ok(folder.close()?)
        }
    }
}

/// The whole story. Each value is of the state that the command before has led to, so the commands can't be mixed up.
fn deploy(folder: &Path) -> Outcome {
    let store = Store::open(folder.join("deployer.db"))?;
    let environments = store.environments();
    let orchestrator = Orchestrator::new(&environments);

    let site = environments.save(&Environment::<Created>::new("site", Json::new("{}")?))?;
    let site = orchestrator.provision(site, |progress| steps::provision(progress, folder))?;
    println!("{site}");

    let killed = kill_while_configuring(folder)?;
    let site = recover(&environments, folder, killed)?;
    let site = orchestrator.configure(site, |progress| steps::configure(progress, folder, || Ok(())))?;
    println!("{site}");

    let released = orchestrator.release(site, |progress| steps::release(progress, folder));
    let Err(CommandError::Failed(site)) = released else {
        return Err("the release must fail while there is no tag".into());
    };
    let failure = site.failure().ok_or("a failed release has a failure")?;
    println!("{site}\n  {failure}");
    assert_eq!(failure.step, "check out the tag");
    steps::git(&folder.join("repository"), &["tag", "v1"]).map_err(|problem| problem.summary)?;
    let site = orchestrator.release(*site, |progress| steps::release(progress, folder))?;
    println!("{site}");

    let mut server = None;
    let site = orchestrator.start(site, |progress| steps::start(progress, folder, &mut server))?;
    println!("{site}: {}", site.data());

    let server = server.ok_or("a site that runs has a server")?;
    let destroyed = orchestrator.destroy(site, |progress| steps::destroy(progress, folder, server));
    println!("{}", destroyed.map_err(|error| format!("the site could not be taken down: {error:?}"))?);

    assert_eq!(environments.interrupted()?, []);
    print_timeline(&environments)?;
    Ok(store.close()?)
}

/// Has another process configure the site, and kills it in the middle. Returns the id that it had.
fn kill_while_configuring(folder: &Path) -> Outcome<u32> {
    let mut child = Command::new(std::env::current_exe()?)
        .arg("configure")
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut said = String::new();
    let read = BufReader::new(child.stdout.take().ok_or("its output is a pipe")?).read_line(&mut said);
    child.kill()?;
    child.wait()?;
    read?;
    assert_eq!(said, "halfway\n");
    Ok(child.id())
}

/// What that process does: it has written half of the file when it says so, and then never comes to the other half.
fn configure_halfway(folder: &Path) -> Outcome {
    let store = Store::open(folder.join("deployer.db"))?;
    let environments = store.environments();
    let site = Environment::<Provisioned>::try_from(environments.load("site")?)?;
    let pause = || {
        println!("halfway");
        // Input ends only if the deployer itself has died.
        io::stdin().read_line(&mut String::new())?;
        Err(io::Error::other("nobody has killed it"))
    };
    Orchestrator::new(&environments).configure(site, |progress| steps::configure(progress, folder, pause))?;
    Ok(())
}

/// Finds what was interrupted and goes through the guide's steps for `configuring`.
fn recover(environments: &Environments, folder: &Path, killed: u32) -> Outcome<Environment<ConfigureFailed>> {
    // 1: see that it was interrupted, where, and who did it.
    let interrupted = environments.interrupted()?;
    let [found] = &interrupted[..] else {
        return Err(format!("one environment was interrupted, not {}", interrupted.len()).into());
    };
    let (record, holder) = (&found.record, found.holder.as_ref().ok_or("a command has a lock")?);
    let step = record.step.as_deref().unwrap_or("none");
    println!("interrupted: {} is {}, its last step: {step}", record.name, record.state);
    println!("  by process {} of {} on {}, which is gone", holder.pid, holder.user, holder.host);
    println!("  {}", record.recovery().ok_or("there is a guide for it")?.symptom);
    assert_eq!((record.state.as_str(), step), ("configuring", "write the configuration"));
    assert_eq!((holder.pid, holder.is_stale), (killed, true));

    // 3, 4: see what was done, and that nothing of it still runs. Here the process was all that ran.
    let file = folder.join("repository/compose.yaml");
    let half = fs::read_to_string(&file)?;
    assert!(half.len() < steps::COMPOSE.len() && steps::COMPOSE.starts_with(&half));

    // 6, 7: remove what is in doubt, say that it failed, and run the command again from there.
    fs::remove_file(&file)?;
    let note = "killed while it wrote compose.yaml, of which the half was removed";
    let site = Environment::try_from(environments.recover("site", "configure_failed", note)?)?;
    println!("recovered: {site}");
    Ok(site)
}

/// Prints when everything happened, in milliseconds since the first, and how long the state that it ended had lasted.
fn print_timeline(environments: &Environments) -> Outcome {
    let history = environments.history("site")?;
    let first = history.first().ok_or("something has happened")?.time;
    for entry in &history {
        let at = entry.time.duration_since(first)?.as_millis();
        let what = match (&entry.from, &entry.to, &entry.record) {
            (Some(from), Some(to), _) => Some(format!("{from} -> {to}")),
            (None, Some(to), _) => Some(to.clone()),
            (_, _, Some(record)) if entry.operation == HistoryOperation::Step => record.step.clone(),
            (_, _, Some(record)) if entry.operation == HistoryOperation::Save => {
                Some(record.data.to_string())
            }
            _ => None,
        };
        let spent = entry.spent.map(|spent| format!("after {} ms", spent.as_millis()));
        let told: Vec<String> = [what, spent, entry.note.clone()].into_iter().flatten().collect();
        println!("{at:>6} ms  {:<10}  {}", entry.operation.as_str(), told.join("; "));
    }
    let states: Vec<&str> = history.iter().filter_map(|entry| entry.to.as_deref()).collect();
    let story = "created provisioning provisioned configuring configure_failed configuring configured \
                 releasing release_failed releasing released running destroyed";
    assert_eq!(states, story.split(' ').collect::<Vec<_>>());
    Ok(())
}
