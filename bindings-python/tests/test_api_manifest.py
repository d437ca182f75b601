"""Goal: Python has exactly the types, methods, parameters, options and errors of `tests/spec/api.json`.
Method: derive the names from the manifest by its rules and compare them with what `inspect` finds, in
`statehold` and in `statehold.aio`. Also here: every operation of the manifest has a conformance case.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from typing import Any

import pytest
from spec_format import SPEC, cases

import statehold
import statehold.aio

API = json.loads((SPEC / "api.json").read_text(encoding="utf-8"))
PYTHON = API["python"]
TYPES = {kind["name"]: kind for kind in API["types"]}
# Types that are the same in both modules: what never waits.
RECORDS = {name for name, kind in TYPES.items() if kind.get("kind") == "record"}
SHARED = ["ManualClock", *sorted(RECORDS - set(PYTHON["apart"]["names"]))]
KINDS = {
    "positional": inspect.Parameter.POSITIONAL_OR_KEYWORD,
    "option": inspect.Parameter.POSITIONAL_OR_KEYWORD,
    "keyword": inspect.Parameter.KEYWORD_ONLY,
}
MODULES = pytest.mark.parametrize("module", [statehold, statehold.aio], ids=["sync", "aio"])


def renamed(name: str) -> str:
    """The name that a field of the manifest has in Python."""
    found: str = PYTHON["rename"].get(name, name)
    return found


def methods(kind: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The methods that Python has of a type, its own and those of what it implements."""
    names = set()
    bases = [TYPES[base] for base in kind.get("implements", [])]
    for owner in [kind, *bases]:
        for method in owner["methods"]:
            if "python" not in method.get("only", ["python"]) or method["name"] in names:
                continue
            names.add(method["name"])
            other = PYTHON["methods"].get(f"{owner['name']}.{method['name']}")
            yield from [{**method, **form} for form in other["as"]] if other else [method]


def check_parameters(where: str, function: Any, expected: list[dict[str, Any]]) -> None:
    found = [p for p in inspect.signature(function).parameters.values() if p.name != "self"]
    assert [p.name for p in found] == [p["name"] for p in expected], where
    for has, wants in zip(found, expected, strict=True):
        if wants["kind"] == "keyword" or has.kind is inspect.Parameter.KEYWORD_ONLY:
            assert has.kind is KINDS[wants["kind"]], f"{where}({has.name})"
        if "default" not in wants:
            assert has.default is inspect.Parameter.empty, f"{where}({has.name}) has a default"
        elif wants["default"] == "missing":
            assert has.default is not inspect.Parameter.empty, f"{where}({has.name}) has no default"
        else:
            assert has.default == wants["default"], f"{where}({has.name})"


def public(kind: type) -> set[str]:
    inherited = set(dir(object)) | set(dir(Exception))
    return {name for name in dir(kind) if not name.startswith("_")} - inherited


@MODULES
@pytest.mark.parametrize("name", TYPES)
def test_type(module: Any, name: str) -> None:
    kind, found = TYPES[name], getattr(module, name)
    expected = {renamed(field["name"]) for field in kind["fields"]}
    assert expected <= public(found) | set(getattr(found, "__annotations__", {}))
    for method in methods(kind):
        expected.add(method["name"])
        function = getattr(found, method["name"])
        check_parameters(f"{name}.{method['name']}", function, method["params"])
        if method.get("sync") or name in SHARED:
            assert not inspect.iscoroutinefunction(function), f"{name}.{method['name']} need not wait"
    if "constructor" in kind:
        check_parameters(name, found, kind["constructor"])
    extra = PYTHON["extra"].get(name, {"names": []})["names"]
    assert public(found) - expected - set(extra) == set(), "public, but not in the manifest"


@pytest.mark.parametrize("name", SHARED)
def test_what_never_waits_is_one_type(name: str) -> None:
    assert getattr(statehold, name) is getattr(statehold.aio, name)


@MODULES
def test_options(module: Any) -> None:
    options = [{**option, "kind": "keyword"} for option in [*API["options"], *PYTHON["options"]]]
    expected = {option["name"]: option["default"] for option in options}
    parameters = dict(inspect.signature(module.open).parameters)
    # Takes what is misspelt, to refuse it with a hint.
    assert parameters.pop("unknown").kind is inspect.Parameter.VAR_KEYWORD
    assert [n for n, p in parameters.items() if p.kind is not inspect.Parameter.KEYWORD_ONLY] == ["path"]
    found = {n: p.default for n, p in parameters.items() if p.kind is inspect.Parameter.KEYWORD_ONLY}
    assert found == expected


def test_errors() -> None:
    root = statehold.StateholdError
    classes: list[Any] = [kind for kind in vars(statehold.errors).values() if inspect.isclass(kind)]
    found = {kind.code: kind for kind in classes if issubclass(kind, root) and kind is not root}
    assert found.keys() == {error["code"] for error in API["errors"]}
    for error in API["errors"]:
        kind = found[error["code"]]
        assert kind.__name__ == error["class"]
        assert kind is getattr(statehold, error["class"])
        assert kind.is_retryable is error["retryable"]
        assert list(inspect.get_annotations(kind)) == [renamed(field["name"]) for field in error["fields"]]


@MODULES
def test_nothing_else_is_public(module: Any) -> None:
    interfaces = {"open", "StateholdError", *TYPES} | {error["class"] for error in API["errors"]}
    assert set(module.__all__) - interfaces == set(PYTHON["aliases"]["names"])
    assert {"open", *TYPES} - set(module.__all__) == set()


# What a step says otherwise than by its operation, and what is done with files that no case has.
HANDLES = {"namespace", "plugin", "plugin_states", "environments", "on", "off"}
OPERATIONS = {
    "backup",
    "restore",
    "export_file",
    "import_file",
    "upgrade",
    "info",
    "stats",
    "doctor",
    "vacuum",
}
OWNERS = {"on": "SnapshotNamespace", "plugin": "Plugin", "case": "Case"}


def test_every_operation_has_a_case() -> None:
    used: set[str] = set()

    def walk(steps: list[dict[str, Any]]) -> None:
        for step in steps:
            owner = next((OWNERS[name] for name in OWNERS if name in step), "Store")
            used.add(f"{owner}.{step['op']}")
            if step["op"] in ("quantum", "buffer"):
                used.update(f"Case.{mutation.get('name')}" for mutation in step.get("args", []))
            walk(step.get("steps", []))

    for _, case in cases():
        walk(case["steps"])
    for name in ("Store", "Namespace", "Plugin", "Case", "SnapshotNamespace"):
        owner = "Store" if name == "Namespace" else name
        wanted = {method["name"] for method in TYPES[name]["methods"] if "only" not in method}
        if name == "Store":
            wanted -= HANDLES | OPERATIONS
            # They are performed with the case that they are about.
            used.update(f"Store.{method}" for method in ("create_case", "case") if f"Case.{method}" in used)
        assert {f"{owner}.{method}" for method in wanted} - used == set(), name
