"""The example of a server manager, against a mock cloud.

Goal: the application takes what can go wrong at a provider. Method: a clock that is moved by hand. Whoever
waits moves it himself, and the server does its part meanwhile, so that nothing sleeps.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import statehold
from server_manager.manager import ManagerError, ServerManager
from server_manager.provider import MockProvider, ProviderError, ThrottledError

START = 1_800_000_000.0


class Bench:
    """A provider, the application on it, and the clock of both."""

    def __init__(self) -> None:
        self.clock = statehold.ManualClock(START)
        self.cloud = statehold.open_mock_cloud(clock=self.clock)
        self.manager = ServerManager(MockProvider(self.cloud), self)
        # What the server does whenever it is waited for.
        self.server: Callable[[], None] = lambda: None

    def time(self) -> float:
        return self.clock.now()

    def sleep(self, seconds: float, /) -> None:
        self.clock.advance(seconds)
        self.server()

    @property
    def spent(self) -> float:
        return round(self.clock.now() - START, 3)


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.cloud.close()


def test_it_starts_and_stops(bench: Bench) -> None:
    assert bench.manager.start() == "203.0.113.42"
    assert bench.spent == 4, "it has looked twice in the 2.5 s that it takes"
    assert bench.manager.status() == "running at 203.0.113.42"
    assert bench.manager.start() == "203.0.113.42", "it runs already"
    bench.cloud.faults.verify("startInstance", 1)
    bench.manager.stop()
    assert bench.manager.status() == "stopped"


def test_a_slow_start_is_waited_for_but_not_for_ever(bench: Bench) -> None:
    bench.cloud.set_transition(60)
    bench.manager.start()
    assert bench.spent == 60
    bench.manager.stop()
    bench.cloud.set_transition("manual")
    with pytest.raises(ManagerError, match="after 120 s the server is starting and not yet running"):
        bench.manager.start()
    assert bench.cloud.complete_transition()
    bench.manager.start()


def test_a_server_that_is_gone_is_not_started(bench: Bench) -> None:
    bench.cloud.update_instance_state("terminated")
    with pytest.raises(ManagerError, match="no state in which this can be done"):
        bench.manager.start()
    bench.cloud.faults.verify("startInstance", 0)


def test_throttled_calls_are_made_again_with_growing_pauses(bench: Bench) -> None:
    faults = bench.cloud.faults
    faults.set_operation_failure("startInstance", times=3, error_code="RequestLimitExceeded")
    bench.manager.start()
    faults.verify("startInstance", 4)
    assert bench.spent == 0.2 + 0.4 + 0.8 + 4

    faults.set_operation_failure("getCosts", always_fail=True, error_code="RequestLimitExceeded")
    with pytest.raises(ThrottledError):
        bench.manager.costs()
    faults.verify("getCosts", 6)


def test_it_gets_along_with_a_provider_that_throttles_half_of_all_calls(bench: Bench) -> None:
    bench.cloud.scenarios.apply("throttled")
    bench.manager.start()
    bench.manager.costs()
    bench.manager.stop()
    calls = bench.cloud.faults.calls("mock.*")
    assert any(call.error_code is not None for call in calls), "some were throttled"


def test_a_start_whose_answer_is_lost_is_not_made_twice(bench: Bench) -> None:
    bench.cloud.faults.set_operation_failure(
        "startInstance", fail_next=True, after_commit=True, error_code="RequestTimeout"
    )
    assert bench.manager.start() == "203.0.113.42"
    bench.cloud.faults.verify("startInstance", 1)


def test_a_backup_that_fails_is_told_and_one_whose_answer_is_lost_is_found(bench: Bench) -> None:
    faults = bench.cloud.faults
    faults.set_operation_failure("addBackup", fail_next=True, error_message="There is no room")
    with pytest.raises(ProviderError, match="There is no room"):
        bench.manager.back_up()
    assert len(bench.manager.backups()) == 3

    faults.set_operation_failure("addBackup", fail_next=True, after_commit=True)
    assert bench.manager.back_up() == "world-1800000000.tar.gz"
    faults.verify("addBackup", 2)
    newest, before, *others = bench.manager.backups()
    assert newest == "world-1800000000.tar.gz: 2.1 GB, 0 h old"
    assert before == "world-3.tar.gz: 2.1 GB, 24 h old"
    assert len(others) == 2


def test_costs_are_told(bench: Bench) -> None:
    lines = [line.strip() for line in bench.manager.costs().splitlines()]
    assert lines[:2] == ["15.50 USD", "12.25 Amazon Elastic Compute Cloud - Compute"]


def test_a_command_runs_and_its_output_comes_back(bench: Bench) -> None:
    def server() -> None:
        for command in bench.cloud.get_commands():
            done = {"status": "Success", "output": f"did {command['commands'][0]}"}
            begun = {"status": "InProgress"}
            bench.cloud.update_command(
                command["command_id"], begun if command["status"] == "Pending" else done
            )

    bench.server = server
    bench.cloud.faults.set_operation_failure("addCommand", fail_next=True, error_code="ThrottlingException")
    assert bench.manager.run("say hello") == "did say hello"
    assert bench.spent == 0.2 + 2 * 2
    assert len(bench.cloud.get_commands()) == 1


def test_a_command_that_fails_is_told(bench: Bench) -> None:
    def server() -> None:
        [sent] = bench.cloud.get_commands()
        bench.cloud.update_command(sent["command_id"], {"status": "Failed", "error": "no such file"})

    bench.server = server
    with pytest.raises(ManagerError, match="no such file"):
        bench.manager.run("cat motd")


def test_a_command_that_does_not_end_is_given_up(bench: Bench) -> None:
    with pytest.raises(ManagerError, match="still runs after 120 s"):
        bench.manager.run("sleep infinity")
    assert bench.spent == 120
    assert bench.cloud.get_commands()[0]["status"] == "Pending"


def test_the_program_goes_on_where_it_has_ended(tmp_path: Path) -> None:
    examples = Path(__file__).parents[1] / "examples"
    paths = [str(examples), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {
        **os.environ,
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(tmp_path)),
        "PYTHONPATH": os.pathsep.join(str(Path(path).absolute()) for path in paths),
    }

    def run(*arguments: str) -> tuple[int, str, str]:
        command = [sys.executable, "-X", "dev", "-W", "error", "-m", "server_manager", *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        return done.returncode, done.stdout.strip(), done.stderr.strip()

    assert run("scenario", "running") == (0, "The provider is in the scenario running", "")
    assert run("status") == (0, "running at 203.0.113.42", "")
    assert run("start") == (0, "It runs at 203.0.113.42", "")
    assert run("reset") == (0, "The provider is as in the beginning", "")
    assert run("status") == (0, "stopped", "")
    code, _, message = run("dance")
    assert code == 1
    assert message.startswith("what to do: start, stop")
