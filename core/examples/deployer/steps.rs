//! What the deployer does outside of the store: each command tells a step before it takes it.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::json;
use statehold::{CommandProblem, CommandProgress, FailureKind, Json};

const PAGE: &str = "<h1>It runs</h1>\n";

/// The configuration that the site is to have.
pub(crate) const COMPOSE: &str =
    "services:\n  web:\n    image: site\n    volumes: [./:/srv]\n    restart: always\n";

/// Runs git in a folder and returns what it printed.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> Result<String, CommandProblem> {
    let mut command = Command::new("git");
    command.current_dir(folder).args(["-c", "user.name=deployer", "-c", "user.email=deployer@example.org"]);
    // Where a hook of git runs this, its variables would lead to another repository.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_")) {
        command.env_remove(name);
    }
    let done = command.args(["-c", "commit.gpgsign=false"]).args(arguments).output().map_err(|error| {
        CommandProblem::new(FailureKind::CommandExecution, format!("git could not be started: {error}"))
    })?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).trim().to_owned());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    let summary = format!("git {} said: {}", arguments.join(" "), said.trim());
    Err(CommandProblem::new(FailureKind::CommandExecution, summary))
}

fn commit(repository: &Path, message: &str) -> Result<(), CommandProblem> {
    git(repository, &["add", "."])?;
    git(repository, &["commit", "--quiet", "--message", message])?;
    Ok(())
}

pub(crate) fn provision(progress: &CommandProgress, folder: &Path) -> Result<(), CommandProblem> {
    let repository = folder.join("repository");
    progress.step("create the folder")?;
    fs::create_dir(&repository)?;
    progress.step("create the repository")?;
    git(&repository, &["init", "--quiet"])?;
    progress.step("commit the page")?;
    fs::write(repository.join("index.html"), PAGE)?;
    commit(&repository, "The page")
}

/// `in_between` is called when half of the configuration is written.
pub(crate) fn configure(
    progress: &CommandProgress,
    folder: &Path,
    in_between: impl FnOnce() -> io::Result<()>,
) -> Result<(), CommandProblem> {
    let repository = folder.join("repository");
    progress.step("write the configuration")?;
    // A new one: what an earlier attempt has left is not to be built upon.
    let mut file = fs::File::create_new(repository.join("compose.yaml"))?;
    let (first, second) = COMPOSE.split_at(COMPOSE.len() / 2);
    file.write_all(first.as_bytes())?;
    in_between()?;
    file.write_all(second.as_bytes())?;
    progress.step("commit the configuration")?;
    commit(&repository, "The configuration")
}

pub(crate) fn release(progress: &CommandProgress, folder: &Path) -> Result<(), CommandProblem> {
    progress.step("check out the tag")?;
    git(&folder.join("repository"), &["worktree", "add", "--quiet", "--detach", "../live", "v1"])?;
    progress.step("compare the configuration")?;
    if fs::read_to_string(folder.join("live/compose.yaml"))? != COMPOSE {
        return Err(CommandProblem::new(
            FailureKind::Configuration,
            "compose.yaml is not the one that was written",
        ));
    }
    let version = git(&folder.join("live"), &["rev-parse", "HEAD"])?;
    progress.set_data(Json::from_serialize(&json!({"version": version}))?);
    Ok(())
}

pub(crate) fn start(
    progress: &CommandProgress,
    folder: &Path,
    started: &mut Option<Server>,
) -> Result<(), CommandProblem> {
    progress.step("start the server")?;
    let server = started.insert(Server::start(&folder.join("live"))?);
    progress.step("ask for the page")?;
    let answer = get(&server.address)?;
    if !(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with(PAGE)) {
        return Err(CommandProblem::new(FailureKind::NetworkConnectivity, format!("it answered {answer:?}")));
    }
    let mut data: serde_json::Value = progress.record().data.parse()?;
    data["address"] = json!(server.address);
    progress.set_data(Json::from_serialize(&data)?);
    Ok(())
}

pub(crate) fn destroy(
    progress: &CommandProgress,
    folder: &Path,
    server: Server,
) -> Result<(), CommandProblem> {
    progress.step("stop the server")?;
    let address = server.address.clone();
    drop(server);
    if get(&address).is_ok() {
        return Err(CommandProblem::new(FailureKind::Other, format!("{address} still answers")));
    }
    progress.step("remove the release")?;
    git(&folder.join("repository"), &["worktree", "remove", "../live"])?;
    Ok(())
}

/// A server in a process of its own, which is stopped when this is dropped.
pub(crate) struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(folder: &Path) -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("serve").arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut server = Self { process: command.spawn()?, address: String::new() };
        let output = server.process.stdout.take().ok_or_else(|| io::Error::other("its output is a pipe"))?;
        BufReader::new(output).read_line(&mut server.address)?;
        server.address.truncate(server.address.trim_end().len());
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

fn get(address: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    io::read_to_string(stream)
}

/// What the server's process does: it says its address and answers everything with the page.
pub(crate) fn serve(folder: &Path) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    // Its input ends when the deployer dies, so that it is never left behind.
    std::thread::spawn(|| {
        _ = io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    for stream in listener.incoming() {
        let mut stream = stream?;
        let request = BufReader::new(stream.try_clone()?).lines();
        request.map_while(Result::ok).find(String::is_empty);
        let page = fs::read_to_string(folder.join("index.html"))?;
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", page.len());
        stream.write_all((head + &page).as_bytes())?;
    }
    Ok(())
}
