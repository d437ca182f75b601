"""A small site, deployed by real commands: a git repository, a configuration, a release, a server.

Two things go wrong on the way. The process that configures the site is killed in the middle of a file; the
next one finds that by ``interrupted()`` and recovers as ``docs/recovery.md`` says. The first release fails,
as its tag is not there. In the end the site is taken down, and its history is printed as a timeline.

Run it with ``python deployer.py``. It needs git, and leaves nothing behind.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from urllib.error import URLError

import statehold
from statehold import CommandProgress, EnvironmentCommand, Environments, Orchestrator

PAGE = "<h1>It runs</h1>\n"
COMPOSE = "services:\n  web:\n    image: site\n    volumes: [./:/srv]\n    restart: always\n"
STORY = """created provisioning provisioned configuring configure_failed configuring configured
    releasing release_failed releasing released running destroyed"""


class GitError(Exception):
    """Git has refused something."""

    kind = "command_execution"  # the orchestrator puts it into the failure


def git(folder: Path, *arguments: str) -> str:
    # Where a hook of git runs this, its variables would lead to another repository.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    settings = ("user.name=deployer", "user.email=deployer@example.org", "commit.gpgsign=false")
    options = [part for setting in settings for part in ("-c", setting)]
    command = ["git", *options, *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, encoding="utf-8", check=False
    )
    if done.returncode:
        raise GitError(f"git {' '.join(arguments)} said: {done.stderr.strip()}")
    return done.stdout.strip()


def commit(repository: Path, message: str) -> None:
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message", message)


def provision(progress: CommandProgress, folder: Path) -> None:
    progress.step("create the folder")
    repository = folder / "repository"
    repository.mkdir()
    progress.step("create the repository")
    git(repository, "init", "--quiet")
    progress.step("commit the page")
    (repository / "index.html").write_bytes(PAGE.encode())
    commit(repository, "The page")


def configure(progress: CommandProgress, folder: Path, in_between: Callable[[], None]) -> None:
    progress.step("write the configuration")
    # A new one: what an earlier attempt has left is not to be built upon.
    with (folder / "repository/compose.yaml").open("xb", buffering=0) as file:
        half = len(COMPOSE) // 2
        file.write(COMPOSE[:half].encode())
        in_between()
        file.write(COMPOSE[half:].encode())
    progress.step("commit the configuration")
    commit(folder / "repository", "The configuration")


def release(progress: CommandProgress, folder: Path) -> None:
    progress.step("check out the tag")
    git(folder / "repository", "worktree", "add", "--quiet", "--detach", "../live", "v1")
    progress.step("compare the configuration")
    if (folder / "live/compose.yaml").read_bytes() != COMPOSE.encode():
        raise ValueError("compose.yaml is not the one that was written")
    progress.set_data({"version": git(folder / "live", "rev-parse", "HEAD")})


def start(progress: CommandProgress, folder: Path, running: ExitStack) -> None:
    progress.step("start the server")
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"]
    server = running.enter_context(
        subprocess.Popen(
            command, cwd=folder / "live", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
    )
    running.callback(server.kill)
    assert server.stdout is not None
    port = re.search(r"port (\d+)", server.stdout.readline())
    if port is None:
        raise ValueError("the server has not told its port")
    address = f"http://127.0.0.1:{port[1]}/"
    progress.step("ask for the page")
    if get(address) != PAGE:
        raise ValueError(f"{address} shows another page")
    progress.set_data({**progress.record.data, "address": address})


def get(address: str) -> str:
    # Without a proxy, which could not reach this machine's own address.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address, timeout=10) as answer:
        return str(answer.read().decode())


def deploy(folder: Path, running: ExitStack) -> None:
    """The whole story. What is left in `running` at its end is stopped, whatever has happened."""
    with statehold.open(folder / "deployer.db") as store:
        environments = store.environments()
        orchestrator = Orchestrator(environments)
        environments.create("site", {})
        site = orchestrator.run("site", EnvironmentCommand.provision(), lambda it: provision(it, folder))
        print(f"site is {site.state}")

        recover(environments, folder, kill_while_configuring(folder))
        command = EnvironmentCommand.configure()
        site = orchestrator.run("site", command, lambda it: configure(it, folder, lambda: None))
        print(f"site is {site.state}")

        command = EnvironmentCommand.release()
        try:
            orchestrator.run("site", command, lambda it: release(it, folder))
        except GitError:
            failure = environments.load("site").failure
            assert failure is not None
            assert (failure.step, failure.kind) == ("check out the tag", "command_execution")
            print(f"failed at the step {failure.step!r}: {failure.summary}")
            git(folder / "repository", "tag", "v1")
        else:
            raise AssertionError("the release must fail while there is no tag")
        site = orchestrator.run("site", command, lambda it: release(it, folder))
        print(f"site is {site.state}")

        site = orchestrator.run("site", EnvironmentCommand.run(), lambda it: start(it, folder, running))
        print(f"site is {site.state}: {site.data}")
        destroy(environments, folder, running)
        assert environments.interrupted() == []
        print_timeline(environments)


def kill_while_configuring(folder: Path) -> int:
    """Has another process configure the site, and kills it in the middle. Returns the id that it had."""
    command = [sys.executable, __file__, "configure", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            said = child.stdout.readline()
        finally:
            child.kill()
    assert said == "halfway\n", said
    return child.pid


def configure_halfway(folder: Path) -> None:
    """What that process does: it says when half of the file is written, and never comes to the other half."""

    def pause() -> None:
        print("halfway", flush=True)
        sys.stdin.read()  # ends only if the deployer itself has died
        raise RuntimeError("nobody has killed it")

    with statehold.open(folder / "deployer.db") as store:
        orchestrator = Orchestrator(store.environments())
        orchestrator.run("site", EnvironmentCommand.configure(), lambda it: configure(it, folder, pause))


def recover(environments: Environments, folder: Path, killed: int) -> None:
    """Finds what was interrupted and goes through the guide's steps for `configuring`."""
    # 1: see that it was interrupted, where, and who did it.
    [found] = environments.interrupted()
    record, holder, guide = found.record, found.holder, found.record.recovery()
    assert holder is not None
    assert guide is not None
    print(f"interrupted: {record.name} is {record.state}, its last step: {record.step}")
    print(f"  by process {holder.pid} of {holder.user} on {holder.host}, which is gone")
    print(f"  {guide.symptom}")
    assert (record.state, record.step) == ("configuring", "write the configuration")
    assert (holder.pid, holder.is_stale) == (killed, True)

    # 3, 4: see what was done, and that nothing of it still runs. Here the process was all that ran.
    file = folder / "repository/compose.yaml"
    half = file.read_bytes()
    assert COMPOSE.encode().startswith(half)
    assert len(half) < len(COMPOSE)

    # 6, 7: remove what is in doubt, say that it failed, and run the command again from there.
    file.unlink()
    note = "killed while it wrote compose.yaml, of which the half was removed"
    print(f"recovered: site is {environments.recover('site', 'configure_failed', note).state}")


def destroy(environments: Environments, folder: Path, running: ExitStack) -> None:
    with environments.lock("site", purpose="destroy") as lock:
        lock.set_step("stop the server")
        address = lock.load().data["address"]
        running.close()
        try:
            get(address)
        except URLError:
            pass
        else:
            raise AssertionError(f"{address} still answers")
        lock.set_step("remove the release")
        git(folder / "repository", "worktree", "remove", "../live")
        print(f"site is {lock.transition('destroyed').state}")


def print_timeline(environments: Environments) -> None:
    """Prints when everything happened, since the first, and how long the state that it ended had lasted."""
    history = environments.history("site")
    for entry in history:
        at = round((entry.time - history[0].time) * 1000)
        what = f"{entry.from_} -> {entry.to}" if entry.from_ else entry.to
        if entry.operation in ("step", "save") and entry.record is not None:
            what = entry.record.step if entry.operation == "step" else str(entry.record.data)
        spent = f"after {entry.spent * 1000:.0f} ms" if entry.spent is not None else None
        told = "; ".join(part for part in (what, spent, entry.note) if part)
        print(f"{at:>6} ms  {entry.operation:<10}  {told}")
    assert [entry.to for entry in history if entry.to] == STORY.split()


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["configure"]:
        configure_halfway(Path(arguments[1]))
        return
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        deploy(Path(folder), running)


if __name__ == "__main__":
    main(sys.argv[1:])
