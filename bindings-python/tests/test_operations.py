"""Goal: backup and its kin as Python calls them. Method: real files. What they do is in the crate's tests."""

from __future__ import annotations

import asyncio
import logging
import pickle
from pathlib import Path
from typing import Any

import pytest

import statehold
from statehold import (
    ConflictError,
    CopyProgress,
    InvalidValueError,
    IoError,
    Store,
    StoreProblem,
    TransferProgress,
    aio,
)

FORMAT_1 = Path(__file__).parents[2] / "core" / "tests" / "data" / "format-1.db"


def test_a_backup_can_be_restored(store: Store, tmp_path: Path) -> None:
    store.set("a", "k", "x" * 100_000)
    told: list[CopyProgress] = []
    report = store.backup(tmp_path / "backup.db", progress=told.append)
    assert (report.path, report.revision) == (tmp_path / "backup.db", 1)
    assert report.bytes == report.path.stat().st_size
    assert told[-1].done == told[-1].total > 20
    with pytest.raises(IoError, match="there is a file already"):
        store.backup(report.path)
    store.backup(str(report.path), overwrite=True)

    store.set("a", "k", 2)
    back = Store.restore(report.path, store.path, force=True)
    assert (back.restored, back.revision) == (1, 3)
    assert store.get("a", "k") == "x" * 100_000
    elsewhere = Store.restore(report.path, tmp_path / "other.db")
    with statehold.open(elsewhere.path) as other:
        assert other.get("a", "k") == store.get("a", "k")
    assert pickle.loads(pickle.dumps([report, back, *told])) == [report, back, *told]


def test_progress_that_raises_is_logged(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(progress: CopyProgress) -> None:
        raise ZeroDivisionError

    store.backup(tmp_path / "backup.db", progress=fail)
    assert (tmp_path / "backup.db").exists()
    assert {record.getMessage() for record in caplog.records} == {"a callback of a copy's progress raised"}
    assert caplog.records[0].levelno == logging.ERROR


def test_an_export_is_the_store_again(store: Store, tmp_path: Path) -> None:
    store.set("a", "k", [1, {"b": None}])
    store.set("a", "bytes", b"\x00\xff")
    store.plugin("lint").save({"rule": "strict"})
    told: list[TransferProgress] = []
    file = tmp_path / "all.jsonl"
    report = store.export_file(file, progress=told.append)
    assert (report.revision, report.hash) == (3, store.verify().hash)
    (*_, last) = told
    assert (last.records, last.total, last.bytes) == (report.records, report.records, report.bytes)
    with pytest.raises(IoError, match="there is a file already"):
        store.export_file(file)
    with statehold.open(tmp_path / "other.db") as other:
        back = other.import_file(file, progress=told.append)
        assert (back.revision, back.exported, back.records, back.merged) == (3, 3, report.records, False)
        assert told[-1].total is None
        assert (other.get("a", "bytes"), other.verify()) == (b"\x00\xff", store.verify())
        with pytest.raises(ConflictError, match="expected to be new"):
            other.import_file(file)

        store.delete("a", "k")
        store.export_file(file, since=3, overwrite=True)
        assert other.import_file(file).revision == 4
        assert other.get("a", "k") is None
        store.set("b", "k", 1)
        store.export_file(file, namespace="b", overwrite=True)
        assert other.import_file(file, merge=True).merged
        assert other.get("b", "k") == 1
    file.write_text('{"format": "mine"}\n', encoding="utf-8")
    with pytest.raises(InvalidValueError, match="line 1"):
        store.import_file(file)
    assert pickle.loads(pickle.dumps([report, back, *told])) == [report, back, *told]


def test_an_upgrade_keeps_a_backup(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    path.write_bytes(FORMAT_1.read_bytes())
    told: list[CopyProgress] = []
    report = Store.upgrade(path, backup=tmp_path / "kept.db", progress=told.append)
    assert (report.path, report.from_format, report.backup) == (path, 1, tmp_path / "kept.db")
    assert told
    with statehold.open(path) as store:
        assert store.info().format == report.to_format > 1
    assert Store.upgrade(path).backup is None
    assert pickle.loads(pickle.dumps(report)) == report


def test_what_a_store_tells_of_itself(store: Store) -> None:
    store.set("a", "k", 1)
    info = store.info()
    assert (info.path, info.revision, info.journal_rows) == (store.path, 1, 1)
    assert info.oldest_revision == 1
    assert info.oldest_time is not None
    (facet,) = [facet for facet in info.facets if facet.facet == "namespace"]
    assert facet.records == 1
    stats = store.stats()
    assert (stats.commits, stats.conflicts) == (1, 0)
    check = store.verify()
    assert (check.revision, check.problems) == (1, [])
    assert store.verify(head=(1, check.hash)) == check
    (problem,) = store.verify(head=(1, "00" * 32)).problems
    assert isinstance(problem, StoreProblem)
    assert (problem.facet, problem.subject) == ("head", "revision 1")
    assert "backup" in problem.advice
    assert store.vacuum() >= 0
    for record in (info, stats, check, problem):
        assert pickle.loads(pickle.dumps(record)) == record


def test_the_doctor_finds_a_file_that_others_can_read(store: Store) -> None:
    store.path.chmod(0o644)
    findings = Store.doctor(store.path)
    (finding,) = [finding for finding in findings if finding.what == "permissions"]
    assert finding.level in ("note", "warning")
    assert pickle.loads(pickle.dumps(finding)) == finding


def test_the_same_for_asyncio(path: Path, tmp_path: Path) -> None:
    async def main() -> None:
        async with aio.open(path) as store:
            await store.set("a", "k", 1)
            told: list[Any] = []

            async def tell(progress: CopyProgress) -> None:
                told.append(progress)

            report = await store.backup(tmp_path / "backup.db", progress=tell)
            await asyncio.sleep(0.01)
            assert told
            assert (await store.info()).revision == report.revision == 1
            assert store.stats().commits == 1
            assert (await store.verify()).problems == []
            moved: list[Any] = []
            exported = await store.export_file(tmp_path / "all.jsonl", progress=moved.append)
            async with aio.open(tmp_path / "new.db") as other:
                assert (await other.import_file(tmp_path / "all.jsonl")).records == exported.records
            assert (await aio.Store.upgrade(tmp_path / "new.db")).backup is None
            assert await store.vacuum() >= 0
        await aio.Store.restore(report.path, tmp_path / "other.db")
        assert await aio.Store.doctor(tmp_path / "other.db") == []

    asyncio.run(main())
