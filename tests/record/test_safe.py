"""A guarded block that fails takes its run out of the index, and shows it under ``fails/``."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from making import make_run

from exparse.record.live import LiveRun, UnrecordedRun
from exparse.store.root import Root


def live(root: Path, **more: object) -> LiveRun:
    made = make_run(root, {"lr": 0.1}, state="running", **more)  # type: ignore[arg-type]
    return LiveRun(made.root, made.name, made.place)


def links(root: Path) -> list[str]:
    """Return all links of a root that lead somewhere, and those that lead nowhere with a question mark."""
    found = [path for path in root.rglob("*") if path.is_symlink()]
    return sorted(f"{path.relative_to(root).parent}{'' if path.exists() else '?'}" for path in found)


def test_a_failure_moves_the_link_and_not_the_folder(root: Path) -> None:
    run = live(root, marks=["user/bob", "kept"])
    run.automarks = ["user/bob"]
    with pytest.raises(ZeroDivisionError), run.safe():
        run.log(loss=1.0)
        1 / 0  # noqa: B018
    assert links(root) == ["fails", "marked/kept"]
    assert os.readlink(root / "fails" / f"{run.name}.yaml") == f"../runs/{run.name}/params.yaml"
    assert len(run.metrics()) == 1 and [found.name for found in Root(root)] == [run.name]


def test_what_ends_well_changes_nothing(root: Path) -> None:
    run = live(root)
    with run.safe() as inner:
        inner.log(loss=1.0)
    assert inner is run and links(root) == ["index"] and not (root / "fails").exists()


@pytest.mark.parametrize(
    "problem",
    [KeyboardInterrupt(), SystemExit(0), SystemExit(), GeneratorExit()],
    ids=lambda value: re.sub(" at 0x[0-9a-f]+", "", repr(value)),
)
def test_an_interrupt_and_a_good_exit_are_no_failures(root: Path, problem: BaseException) -> None:
    run = live(root)
    with pytest.raises(type(problem)), run.safe():
        raise problem
    assert links(root) == ["index"]


@pytest.mark.parametrize(
    "problem",
    [SystemExit(3), SystemExit("no data"), MemoryError()],
    ids=lambda value: re.sub(" at 0x[0-9a-f]+", "", repr(value)),
)
def test_an_exit_with_a_code_is_a_failure(root: Path, problem: BaseException) -> None:
    run = live(root)
    with pytest.raises(type(problem)) as told, run.safe():
        raise problem
    assert told.value is problem and links(root) == ["fails"]


def test_a_temporary_run_fails_too(root: Path) -> None:
    run = live(root, tmp=True)
    with pytest.raises(ValueError), run.safe():
        raise ValueError
    assert os.readlink(root / "fails" / f"{run.name}.yaml") == f"../tmp/{run.name}/params.yaml"


def test_a_rank_does_not_speak_for_the_run(root: Path) -> None:
    run = live(root)
    run.rank = 2
    with pytest.raises(ValueError), run.safe():
        raise ValueError
    assert links(root) == ["index"]


def test_a_run_that_was_removed_is_not_made_anew(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = live(root)
    Root(root).remove(Root(root)[run.id])
    with pytest.raises(ValueError), run.safe():
        raise ValueError
    assert links(root) == [] and not capsys.readouterr().err


@pytest.mark.parametrize("tmp", [False, True])
def test_a_failed_run_that_is_removed_and_restored_stays_a_failed_one(root: Path, tmp: bool) -> None:
    run = live(root, tmp=tmp)
    with pytest.raises(ValueError), run.safe():
        raise ValueError
    before, place = links(root), Root(root)
    place.remove(place[run.id])
    assert links(root) == []
    place.restore(place.runs("trash")[0])
    assert links(root) == before == ["fails"] and place[run.id].name == run.name


def test_a_link_that_cannot_be_made_is_one_warning(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = live(root)
    (root / "fails").write_text("in the way")
    with pytest.raises(ValueError, match="mine"), run.safe():
        raise ValueError("mine")
    assert links(root) == ["index"] and "the failure of" in capsys.readouterr().err


def test_where_nothing_is_recorded_the_exception_goes_on() -> None:
    with pytest.raises(ValueError), UnrecordedRun("a test").safe():
        raise ValueError
