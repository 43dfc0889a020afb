"""``exparse purge``: deleted for good, and nothing else with it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from making import Paper, make_run

from exparse.cli.purge import purge
from exparse.errors import ExparseError
from exparse.query.prune import parse_age
from exparse.store import liveness, trash
from exparse.store.root import Root

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow


def purged(
    root: Path, *selectors: str, older: str | None = None, code: int = 0, yes: bool = True, force: bool = False,
    answer: bool | None = None,
) -> Paper:  # fmt: skip
    to = Paper(answer=answer)
    assert purge(Root(root), selectors, None if older is None else parse_age(older), yes, force, to) == code
    return to


def in_trash(root: Path) -> list[int]:
    return [run.id for run in Root(root).runs("trash")]


@pytest.fixture
def filled(root: Path) -> Path:
    """Make a root with runs 1 to 3 in the trash, and 4 in its place."""
    for number in range(4):
        run = make_run(root)
        (run.path / "model.pt").write_bytes(b"0" * 1000)
        if number < 3:
            trash.remove(run)
    return root


def test_all_of_the_trash_goes_and_nothing_else(filled: Path) -> None:
    to = purged(filled)
    assert to.said == "deleted 3 runs: 1, 2 and 3\n"
    assert "kB freed" in to.noted
    assert os.listdir(filled / "trash") == []
    assert [run.id for run in Root(filled)] == [4]
    assert make_run(filled).id == 5


def test_only_what_is_named_goes(filled: Path) -> None:
    assert purged(filled, "2").said == "deleted 1 run: 2\n"
    assert in_trash(filled) == [1, 3]
    to = purged(filled, "4", code=1)
    assert "run 4 is not in the trash: it is still there" in to.noted
    assert [run.id for run in Root(filled)] == [4]


def test_the_question_says_how_many_and_how_many_bytes(filled: Path) -> None:
    no = purged(filled, yes=False, answer=False, code=1)
    held = sum(path.stat().st_size for path in (filled / "trash").rglob("*") if path.parent.name != "trash")
    assert no.asked == [f"Delete 3 runs ({held / 1000:.1f} kB) in the trash of {filled} for good: 1, 2 and 3?"]
    assert no.noted == "nothing was deleted\n"
    assert in_trash(filled) == [1, 2, 3]
    purged(filled, yes=False, answer=True)
    assert in_trash(filled) == []


def test_where_nobody_can_be_asked_nothing_is_deleted(filled: Path) -> None:
    with pytest.raises(ExparseError, match="Add --yes"):
        purged(filled, yes=False, answer=None)
    assert in_trash(filled) == [1, 2, 3]


def test_an_empty_trash_is_said(root: Path) -> None:
    make_run(root)
    assert "is empty" in purged(root).noted


def test_only_what_was_removed_long_ago_goes(filled: Path) -> None:
    """How long a run has lain there counts, not how old it is."""
    assert "nothing of it has lain there for so long" in purged(filled, older="1h").noted
    for path in (filled / "trash").glob("000002*.json"):
        os.utime(path, (1e9, 1e9))
    for path in (filled / "trash").glob("000003*.json"):
        path.unlink()
    assert purged(filled, older="1h").said == "deleted 1 run: 2\n"
    assert in_trash(filled) == [1, 3]
    with pytest.raises(ExparseError, match="an age with its unit"):
        purged(filled, older="30")


def test_a_run_whose_process_lives_is_kept_unless_forced(root: Path) -> None:
    trash.remove(make_run(root, state="running", seconds=None, facts={"process": liveness.this_process()}))
    assert "run 1 is running: kept" in purged(root, code=1).noted
    assert in_trash(root) == [1]
    purged(root, force=True)
    assert in_trash(root) == []


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_in_a_run_are_removed_and_never_followed(root: Path, tmp_path: Path) -> None:
    treasure = tmp_path / "treasure"
    treasure.mkdir()
    (treasure / "gold").write_text("x")
    run, sibling = make_run(root), make_run(root)
    (run.path / "out").symlink_to(treasure)
    (run.path / "sibling").symlink_to(f"../../runs/{sibling.name}")
    (run.path / "up").symlink_to("../..")
    os.mkfifo(run.path / "pipe")
    trash.remove(run)
    purged(root)
    assert os.listdir(root / "trash") == []
    assert (treasure / "gold").exists() and (sibling.path / "params.yaml").exists()


def test_what_an_earlier_purge_left_is_ended_without_a_question(filled: Path) -> None:
    half = filled / "trash" / ".purged-000009-2026-11-21-05-40-12.01234567"
    (half / "files").mkdir(parents=True)
    (half / "files" / "x").write_text("x")
    to = purged(filled, yes=False, answer=False, code=1)
    assert "ended an earlier purge: 1 folder deleted" in to.noted
    assert not half.exists() and in_trash(filled) == [1, 2, 3]


def test_what_cannot_be_deleted_is_said_and_the_next_purge_goes_on(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from exparse.store import removal

    monkeypatch.setattr(removal, "remove", lambda folder, name: [f"{folder}/{name}/x: Device or resource busy"])
    to = purged(filled, "1:2", code=1)
    assert to.said == "" and to.noted.count("something of run") == 2 and "Device or resource busy" in to.noted
    assert in_trash(filled) == [3], "what is half gone is no run any more"
    monkeypatch.undo()
    os.chdir(filled)
    assert "ended an earlier purge: 2 folders deleted" in purged(filled, "3").noted
    assert os.listdir(filled / "trash") == []


def test_the_real_command_deletes_with_yes_only(filled: Path, exparse: Any) -> None:
    answer = exparse("purge")
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "nobody is at a terminal to be asked. Add --yes to delete without a question" in answer.stderr
    assert exparse("purge", "--older-than", "30d", "-y").returncode == 0
    assert in_trash(filled) == [1, 2, 3]
    assert exparse("purge", "-y").stdout == "deleted 3 runs: 1, 2 and 3\n"
