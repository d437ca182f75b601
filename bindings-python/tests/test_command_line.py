"""Goal: the wheel brings the command line, as a module and as a program, and it is the same one as Rust's.
Method: both run as processes: what they print, their exit codes, pipes, ctrl-c. What each command does is
tested in Rust.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import statehold

MODULE = [sys.executable, "-m", "statehold"]
PROGRAM = [str(Path(sysconfig.get_path("scripts")) / "statehold")]


def run(command: list[str], *arguments: str, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STATEHOLD_")}
    return subprocess.run(
        [*command, *arguments],
        cwd=cwd,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("command", [MODULE, PROGRAM], ids=["module", "program"])
def test_it_is_the_command_line(command: list[str], tmp_path: Path) -> None:
    done = run(command, "-s", "a.db", "set", "ns", "k", "-", cwd=tmp_path, stdin='{"ünï": 1}')
    assert (done.returncode, done.stdout, done.stderr) == (0, "set at revision 1\n", "")
    with statehold.open(tmp_path / "a.db") as store:
        assert store.namespace("ns").get("k") == {"ünï": 1}
    done = run(command, "-s", "a.db", "get", "ns", "k", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["value"] == {"ünï": 1}
    done = run(command, "-s", "a.db", "get", "ns", "none", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: key ")
    assert len(done.stderr.splitlines()) == 1
    assert run(command, "nonsense", cwd=tmp_path).returncode == 2
    assert run(command, "--version", cwd=tmp_path).stdout.startswith("statehold ")
    assert "Usage: statehold " in run(command, "get", "--help", cwd=tmp_path).stdout


def test_an_argument_need_not_be_text(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("other systems have no such names")
    name = os.fsdecode(b"na\xefve.db")
    assert run(MODULE, "-s", name, "set", "ns", "k", "1", cwd=tmp_path).returncode == 0
    assert (tmp_path / name).exists()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
def test_ctrl_c_ends_it(tmp_path: Path) -> None:
    statehold.open(tmp_path / "a.db").namespace("ns").set("k", 1)
    watch = subprocess.Popen(
        [*MODULE, "-s", "a.db", "watch", "--after", "0"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert watch.stdout is not None
    assert watch.stdout.readline().split()[1:] == ["1", "namespace", "set", "ns", "k"]
    watch.send_signal(signal.SIGINT)
    _, complaint = watch.communicate(timeout=20)
    assert (watch.returncode, complaint) == (0, "")


@pytest.mark.skipif(sys.platform == "win32", reason="it has another way to wait for a lock")
def test_ctrl_c_ends_what_takes_long(tmp_path: Path) -> None:
    with statehold.open(tmp_path / "a.db") as store:
        store.environments().create("web", {})
        with store.environments().lock("web"):
            waits = ["-s", "a.db", "env", "lock", "web", "--timeout", "1h", "--", "true"]
            child = subprocess.Popen([*MODULE, *waits], cwd=tmp_path, stderr=subprocess.PIPE)
            with pytest.raises(subprocess.TimeoutExpired):
                child.wait(timeout=1)
            child.send_signal(signal.SIGINT)
            _, complaint = child.communicate(timeout=20)
            assert (child.returncode, complaint) == (-signal.SIGINT, b"")
