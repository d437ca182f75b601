"""Errors: each code of the core has its class, each class pickles with its message and fields."""

from __future__ import annotations

import copy
import pickle

import pytest

import statehold
from statehold import _statehold, errors

CLASSES = [getattr(errors, name) for name in errors.__all__ if name != "StateholdError"]


def test_each_code_of_the_core_has_a_class_and_no_class_is_without_one() -> None:
    found = {(kind.code, kind.__name__) for kind in CLASSES}
    assert found == set(_statehold.error_codes())
    assert len(found) >= 15


@pytest.mark.parametrize("kind", CLASSES)
def test_errors_pickle_and_copy_with_message_and_fields(kind: type[errors.StateholdError]) -> None:
    error = kind("what happened", reason="why", found=None, waited=1.5)
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(again) is kind
        assert str(again) == "what happened"
        assert again.fields == {"reason": "why", "found": None, "waited": 1.5}
        assert vars(again)["waited"] == 1.5
        assert again.code == kind.code


@pytest.mark.parametrize(
    ("name", "builtin"),
    [
        ("InvalidNameError", ValueError),
        ("InvalidValueError", ValueError),
        ("SerializationError", ValueError),
        ("KeyNotFoundError", KeyError),
        ("BusyError", TimeoutError),
        ("CommitUnknownError", OSError),
        ("LocksLostError", RuntimeError),
        ("ForkedError", RuntimeError),
        ("ClosedError", RuntimeError),
        ("FaultError", RuntimeError),
        ("CorruptError", OSError),
        ("NotAStoreError", ValueError),
        ("SchemaTooNewError", RuntimeError),
        ("StorageFullError", OSError),
        ("IoError", OSError),
    ],
)
def test_errors_are_caught_as_the_builtin_that_fits(name: str, builtin: type[Exception]) -> None:
    kind = getattr(statehold, name)
    with pytest.raises(builtin, match=r"^it's gone$") as caught:
        raise kind("it's gone")
    assert isinstance(caught.value, statehold.StateholdError)


def test_a_fault_is_retryable_unless_only_its_acknowledgement_is_lost() -> None:
    for committed in (False, True):
        error = errors.FaultError("injected", committed=committed)
        assert error.is_retryable is not committed
        assert pickle.loads(pickle.dumps(error)).is_retryable is not committed


def test_an_error_of_the_core_carries_its_fields() -> None:
    with pytest.raises(errors.InvalidValueError) as caught:
        _statehold.to_json({"users": [0, {"age": float("nan")}]})
    error = caught.value
    assert error.path == "$.users[1].age"
    assert error.fields == {"path": error.path, "reason": error.reason}
    assert str(error) == f"invalid value at {error.path}: {error.reason}"
    assert not error.is_retryable
