//! `cargo xtask demo`: Rust, Python and Node load real data into one file at the same time, check what the others
//! wrote, and a summary says what is in it. The programs are in `tests/demo`.

mod part;

use std::env::consts::EXE_EXTENSION;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use xshell::Shell;

use crate::bindings;
use crate::step::built;
use crate::timing::Timing;
use part::Part;

/// Beside the file: what SQLite and the store keep there.
const ENDINGS: [&str; 4] = ["", "-wal", "-shm", "-statehold"];

/// Sets everything up and runs the demo. Fails if anything disagrees.
pub(crate) fn run(shell: &Shell) -> Result<()> {
    println!("Setting up: the Python environment, the Node package, the Rust program.");
    let python = bindings::set_up(shell, &mut Timing::start(), &[])?;

    let file = fresh_file(&shell.current_dir())?;
    let programs = Programs {
        root: shell.current_dir(),
        rust: built(shell)?.join("statehold-demo").with_extension(EXE_EXTENSION),
        python: python.interpreter,
        file: file.clone(),
    };
    println!("\nRust, Python and Node write to {} at the same time:", shown(&file, &programs.root));
    let loading = load(&programs)?;
    println!("\nEach reads what all of them wrote:");
    let checking = check(&programs)?;

    println!();
    let status = programs.rust("summary").status()?;
    ensure!(status.success(), "the summary found problems");
    tell(&programs, loading, checking)
}

/// The path of the demo's file, where none is any more.
fn fresh_file(root: &Path) -> Result<PathBuf> {
    let folder = root.join("target").join("demo");
    fs::create_dir_all(&folder)?;
    let file = folder.join("state.db");
    if file.exists() {
        println!("The file of an earlier run is there; it is replaced.");
    }
    for ending in ENDINGS {
        let path = folder.join(format!("state.db{ending}"));
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(file)
}

/// How the programs of the three languages are started.
struct Programs {
    root: PathBuf,
    rust: PathBuf,
    python: PathBuf,
    file: PathBuf,
}

impl Programs {
    fn all(&self, part: &str) -> [(&'static str, Command); 3] {
        [("Rust", self.rust(part)), ("Python", self.python(part)), ("Node", self.node(part))]
    }

    fn rust(&self, part: &str) -> Command {
        self.with(Command::new(&self.rust), part)
    }

    fn python(&self, part: &str) -> Command {
        let mut command = Command::new(&self.python);
        command.args(["-B", "tests/demo/demo.py"]).env_remove("PYTHONPATH");
        self.with(command, part)
    }

    fn node(&self, part: &str) -> Command {
        let mut command = Command::new("node");
        command.arg("tests/demo/demo.mjs");
        self.with(command, part)
    }

    fn with(&self, mut command: Command, part: &str) -> Command {
        command.current_dir(&self.root).arg(part).arg(&self.file);
        command
    }
}

/// All three load at the same time, with a bar for each. Gives how long it took.
fn load(programs: &Programs) -> Result<Duration> {
    let mut parts = Vec::new();
    for (language, command) in programs.all("load") {
        parts.push(Part::start(language, command)?);
    }
    let bars = MultiProgress::new();
    let bars: Vec<ProgressBar> = parts
        .iter_mut()
        .map(|part| {
            let bar = ProgressBar::new(part.number("ready")?).with_prefix(part.language);
            Ok(bars.add(bar.with_style(style()?)))
        })
        .collect::<Result<_>>()?;
    // All are ready; from here on they work at the same time.
    let start = Instant::now();
    for part in &mut parts {
        part.go()?;
    }
    let mut ended: Vec<(Duration, Part)> = Vec::new();
    std::thread::scope(|scope| {
        let threads: Vec<_> = parts
            .into_iter()
            .zip(&bars)
            .map(|(mut part, bar)| {
                scope.spawn(move || {
                    while let Some(message) = part.message()? {
                        bar.set_position(message["done"].as_u64().unwrap_or_default());
                    }
                    bar.abandon();
                    anyhow::Ok((start.elapsed(), part))
                })
            })
            .collect();
        for thread in threads {
            ended.push(thread.join().map_err(|_| anyhow::anyhow!("a listener panicked"))??);
        }
        anyhow::Ok(())
    })?;
    for ((took, part), bar) in ended.into_iter().zip(&bars) {
        let (language, items) = (part.language, bar.length().unwrap_or_default());
        part.end()?;
        println!("    {language:<8} {items:>6} items in {:>6.2} s", took.as_secs_f64());
    }
    Ok(start.elapsed())
}

fn style() -> Result<ProgressStyle> {
    Ok(ProgressStyle::with_template("    {prefix:<8} {bar:40} {pos:>6} of {len}")?.progress_chars("=> "))
}

/// All three compare what everyone wrote. Gives how long it took.
fn check(programs: &Programs) -> Result<Duration> {
    let start = Instant::now();
    let mut parts = Vec::new();
    for (language, command) in programs.all("check") {
        parts.push(Part::start(language, command)?);
    }
    let mut disagreeing = Vec::new();
    for mut part in parts {
        let language = part.language;
        let report = part.expect("checked")?;
        let wrong = report["wrong"].as_array().cloned().unwrap_or_default();
        println!("    {language:<8} {:>6} values compared, {} wrong", report["checked"], wrong.len());
        for line in wrong.iter().take(10).filter_map(|line| line.as_str()) {
            println!("        {line}");
        }
        if !wrong.is_empty() || part.end().is_err() {
            disagreeing.push(language);
        }
    }
    if !disagreeing.is_empty() {
        bail!("{} found that not everything is as it was written", disagreeing.join(", "));
    }
    Ok(start.elapsed())
}

/// How long it took, how large the file is, and how to look into it.
fn tell(programs: &Programs, loading: Duration, checking: Duration) -> Result<()> {
    let size = fs::metadata(&programs.file)?.len();
    let file = shown(&programs.file, &programs.root);
    println!(
        "{} KiB in {file}; written in {:.2} s, checked in {:.2} s.",
        size.div_ceil(1024),
        loading.as_secs_f64(),
        checking.as_secs_f64()
    );
    println!("\nLook into it with SQL, for example:");
    for sql in [
        "SELECT namespace, count(*) FROM entries GROUP BY namespace",
        "SELECT key, json ->> 'license' FROM entries WHERE namespace = 'node:packages' LIMIT 5",
        "SELECT revision, time, actor, count(*) FROM commits GROUP BY revision ORDER BY revision DESC LIMIT 5",
    ] {
        println!("    sqlite3 -readonly {file} \"{sql}\"");
    }
    println!("\nAll three agree.");
    Ok(())
}

fn shown(file: &Path, root: &Path) -> String {
    file.strip_prefix(root).unwrap_or(file).display().to_string()
}
