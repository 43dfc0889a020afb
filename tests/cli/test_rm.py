"""``exparse rm`` and ``exparse restore``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from making import Paper, damage, make_run

from exparse.cli.main import main
from exparse.cli.restore import list_trash, restore
from exparse.cli.rm import rm
from exparse.cli.selection import Wanted
from exparse.errors import ExparseError
from exparse.format.status import Status, document
from exparse.query import language
from exparse.store import liveness, marks
from exparse.store.root import Root


def removed(
    root: Path, *selectors: str, code: int = 0, yes: bool = True, force: bool = False, answer: bool | None = None
) -> Paper:
    to = Paper(answer=answer)
    assert rm(Root(root), Wanted(selectors), yes, force, to) == code
    return to


def numbers(root: Path) -> list[int]:
    return [run.id for run in Root(root)]


def test_a_run_goes_to_the_trash_with_its_link_and_comes_back_whole(root: Path) -> None:
    make_run(root, {"lr": 0.5})
    run = make_run(root, marks=["good"])
    to = removed(root, "2", force=True)
    assert to.said == "moved 1 run to the trash: 2\n"
    assert "exparse restore 2" in to.noted
    assert numbers(root) == [1]
    assert sorted(path.name for path in (root / "index").iterdir()) == [Root(root)[1].name + ".yaml"]
    assert list((root / "marked").iterdir()) == []
    back = Paper()
    assert restore(Root(root), ["2"], back) == 0
    assert back.said == "restored 1 run: 2\n"
    assert (root / "index" / f"{run.name}.yaml").resolve() == run.path / "params.yaml"
    assert Root(root).marks() == {"good": [run.name]}


def test_marked_and_running_runs_are_kept_unless_forced(root: Path) -> None:
    make_run(root, marks=["good"])
    make_run(root, state="running", seconds=None, facts={"process": liveness.this_process()})
    make_run(root)
    to = removed(root, "1:3", code=1)
    assert to.said == "moved 1 run to the trash: 3\n"
    assert "run 1 is marked good: kept" in to.noted
    assert "run 2 is running: kept" in to.noted
    assert numbers(root) == [1, 2]
    removed(root, "1:2", force=True)
    assert numbers(root) == []


def test_a_lost_run_and_a_damaged_one_go_without_force(root: Path) -> None:
    gone = {**liveness.this_process(), "pid": 2**22 - 1}
    make_run(root, state="running", seconds=None, facts={"process": gone})
    damage(make_run(root))
    removed(root, "1", "2")
    assert numbers(root) == []


def test_the_unknown_one_is_a_warning_after_which_the_others_go(root: Path) -> None:
    make_run(root)
    make_run(root)
    to = removed(root, "2", "9", code=1)
    assert "no run matches '9'" in to.noted
    assert numbers(root) == [1]


def test_the_answer_at_the_terminal_decides(root: Path) -> None:
    make_run(root)
    no = removed(root, "1", yes=False, answer=False, code=1)
    held = sum(path.stat().st_size for path in Root(root)[1].path.iterdir())
    assert no.asked == [f"{held} B in all. Move 1 run of {root} to the trash: 1?"]
    assert no.noted == "nothing was moved\n"
    assert numbers(root) == [1]
    removed(root, "1", yes=False, answer=True)
    assert numbers(root) == []


def test_where_nobody_can_be_asked_nothing_is_moved(root: Path) -> None:
    make_run(root)
    with pytest.raises(ExparseError, match="Add --yes"):
        removed(root, "1", yes=False, answer=None)
    assert numbers(root) == [1]


def test_the_number_of_a_removed_run_is_never_used_again(root: Path) -> None:
    make_run(root)
    removed(root, "last")
    assert make_run(root).id == 2


def test_a_link_in_the_place_of_a_run_is_not_followed(root: Path, tmp_path: Path) -> None:
    make_run(root)
    treasure = tmp_path / "treasure"
    treasure.mkdir()
    (treasure / "gold").write_text("x")
    (root / "runs" / "000009-2026-11-21-05-40-12").symlink_to(treasure)
    to = removed(root, "9", code=1)
    assert "no run matches '9'" in to.noted
    assert (treasure / "gold").exists()


def test_a_run_outside_of_the_root_is_not_removed(root: Path, tmp_path: Path) -> None:
    make_run(root)
    other = make_run(tmp_path / "other")
    to = removed(root, other.folder, code=1)
    assert "no run matches" in to.noted
    assert other.path.is_dir()


def test_the_trash_is_listed(root: Path) -> None:
    run = make_run(root, label="big")
    to = Paper()
    assert list_trash(Root(root), to) == 0
    assert "is empty" in to.noted
    removed(root, "1")
    to = Paper()
    assert list_trash(Root(root), to) == 0
    assert run.label in to.said.splitlines()[2].split()


def test_restoring_takes_ranges_names_and_last_and_says_what_is_unknown(root: Path) -> None:
    for label in ("a1", "b2", "c3", "d4"):
        make_run(root, label=label)
    removed(root, "1:4")
    to = Paper()
    assert restore(Root(root), ["1:2", "c3", "last", "77"], to) == 1
    assert to.said == "restored 4 runs: 1, 2, 3 and 4\n"
    assert "no run matches '77'" in to.noted


def test_a_run_whose_place_is_taken_stays_in_the_trash(root: Path) -> None:
    run = make_run(root)
    removed(root, "1")
    run.path.mkdir()
    (run.path / "other").write_text("x")
    to = Paper()
    assert restore(Root(root), ["1"], to) == 1
    assert "run 1 could not be restored" in to.noted
    assert (root / "trash" / run.name / "params.yaml").is_file()


def test_a_temporary_run_comes_back_to_its_place(root: Path) -> None:
    run = make_run(root, tmp=True)
    removed(root, "1")
    assert restore(Root(root), ["1"], Paper()) == 0
    assert run.path.is_dir()
    assert list((root / "index").iterdir()) == []


def test_bytes_are_said(root: Path) -> None:
    run = make_run(root)
    (run.path / "model.pt").write_bytes(b"0" * 3_000_000)
    assert removed(root, "1").noted.startswith("3.0 MB, free after `exparse purge`; `exparse restore 1` brings it back")


def test_filters_and_queries_pick_what_goes(root: Path) -> None:
    for state in ("failed", "finished", "failed", "killed"):
        make_run(root, {"lr": 0.5}, state=state)
    assert rm(Root(root), Wanted(states=("failed",)), True, False, Paper()) == 0
    assert numbers(root) == [2, 4]
    removed(root, "state = killed and lr > 0.1")
    assert numbers(root) == [2]
    nothing = Paper()
    assert rm(Root(root), Wanted(states=("failed",)), True, False, nothing) == 0
    assert nothing.noted == f"no run is like that; 1 was looked at in {root}; state is finished\n"


def test_without_a_run_and_without_a_filter_nothing_goes(root: Path) -> None:
    make_run(root)
    with pytest.raises(ValueError, match="no runs"):
        rm(Root(root), Wanted(), True, True, Paper())
    assert numbers(root) == [1]


def test_of_many_marked_runs_the_marks_are_read_once_not_once_a_run(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        make_run(root, marks=["bulk", f"paper/table{number % 3}"])
    walks: list[str] = []
    walk = marks.walk

    def counted(folder: str, *below: str) -> Any:
        walks.append(folder)
        return walk(folder, *below)

    monkeypatch.setattr("exparse.store.marks.walk", counted)
    removed(root, "1:10", force=True)
    few = len(walks)
    removed(root, "11:30", force=True)
    assert len(walks) - few == few <= 3
    assert numbers(root) == [] and list((root / "marked").iterdir()) == []
    assert restore(Root(root), ["1:30"], Paper()) == 0
    assert {mark: len(names) for mark, names in Root(root).marks().items()} == {
        "bulk": 30, "paper/table0": 10, "paper/table1": 10, "paper/table2": 10
    }  # fmt: skip


def test_what_was_resumed_or_marked_since_the_question_stays(root: Path) -> None:
    runs = [make_run(root) for _ in range(3)]

    class Slow(Paper):
        def agrees(self, question: str) -> bool | None:
            alive = Status("running", runs[0].status.started, process=liveness.this_process())
            (runs[0].path / "status.json").write_text(document(alive))
            Root(root).mark("good", runs[1])
            return super().agrees(question)

    to = Slow(answer=True)
    assert rm(Root(root), Wanted(("1:3",)), False, False, to) == 1
    assert "run 1 is running by now: kept" in to.noted
    assert "run 2 is marked good by now: kept" in to.noted
    assert numbers(root) == [1, 2]


def test_a_running_run_whose_params_are_damaged_is_kept(root: Path) -> None:
    damage(make_run(root, state="running", seconds=None, facts={"process": liveness.this_process()}))
    assert "run 1 is running: kept" in removed(root, "1", code=1).noted
    assert numbers(root) == [1]


def test_a_run_that_somebody_else_has_removed_meanwhile_is_no_failure(root: Path) -> None:
    runs = [make_run(root, marks=["good"]) for _ in range(2)]

    class Slow(Paper):
        def agrees(self, question: str) -> bool | None:
            Root(root).remove(runs[0])
            return super().agrees(question)

    to = Slow(answer=True)
    assert rm(Root(root), Wanted(("1:2",)), False, True, to) == 0
    assert to.said == "moved 1 run to the trash: 2\n"
    assert restore(Root(root), ["1"], Paper()) == 0
    assert Root(root).marks() == {"good": [runs[0].name]}


def test_the_trash_says_how_much_lies_there(root: Path) -> None:
    make_run(root)
    removed(root, "1")
    to = Paper()
    list_trash(Root(root), to)
    assert "1 run, " in to.noted and "`exparse purge`" in to.noted


def test_the_real_command_refuses_without_a_terminal(root: Path, exparse: Any) -> None:
    make_run(root)
    answer = exparse("rm", "1")
    assert answer.returncode == 1
    assert (
        answer.stderr == "exparse: error: nobody is at a terminal to be asked. Add --yes to move without a question\n"
    )
    assert exparse("rm", "1", "-y").returncode == 0
    assert os.listdir(root / "runs") == []
    assert exparse("restore", "1").stdout == "restored 1 run: 1\n"


@pytest.fixture
def trashed(root: Path) -> Path:
    """Make a root with runs 1 to 30 in the trash, removed one after another from the last to the first, and 31."""
    for number in range(1, 32):
        run = make_run(
            root, {"lr": number}, marks=["good/one"] if number == 7 else [], label="seven" if number == 7 else None
        )
        if number < 31:
            Root(root).remove(run)
            note = root / "trash" / f"{run.name}.json"
            os.utime(note, (note.stat().st_mtime - number * 60,) * 2)
    return root


def brought_back(root: Path, *selectors: str, code: int = 0, **asked: Any) -> Paper:
    to = Paper()
    assert restore(Root(root), Wanted(selectors, **asked), to) == code
    return to


def test_all_of_the_trash_comes_back_at_once(trashed: Path) -> None:
    assert brought_back(trashed).said.startswith("restored 30 runs: ")
    assert numbers(trashed) == list(range(1, 32)) and list((trashed / "trash").iterdir()) == []
    assert brought_back(trashed).noted == f"the trash of {trashed} is empty\n"


def test_what_answers_to_filters_comes_back(trashed: Path) -> None:
    assert brought_back(trashed, "lr > 27").said == "restored 3 runs: 28, 29 and 30\n"
    assert brought_back(trashed, where=(language.parse("lr < 3"),)).said == "restored 2 runs: 1 and 2\n"
    assert brought_back(trashed, marks=("good",)).said == "restored 1 run: 7\n"
    assert Root(trashed).marks() == {"good/one": [Root(trashed)[7].name]}
    assert "no run of the trash" in brought_back(trashed, marks=("good",)).noted
    assert "no run is like that; 24 were looked at" in brought_back(trashed, states=("failed",)).noted


def test_the_list_of_the_trash_ends_with_the_newest_removal(trashed: Path) -> None:
    to = Paper()
    assert list_trash(Root(trashed), to) == 0
    lines = [line.split() for line in to.said.splitlines()[2:]]
    assert [line[0] for line in lines] == [str(number) for number in range(20, 0, -1)]
    assert lines[-1][2:5] == ["1", "min", "ago"] and lines[13][7] == "seven"
    assert "10 older removals not shown (-n N)" in to.noted and "--all brings all" in to.noted
    to = Paper()
    assert list_trash(Root(trashed), to, 30) == 0
    assert len(to.said.splitlines()) == 32 and "not shown" not in to.noted


def test_a_run_that_was_never_removed_is_only_said_to_be_there(trashed: Path) -> None:
    to = brought_back(trashed, "31", code=1)
    assert to.noted == "exparse: warning: run 31 is not in the trash: it is still there\n"


def test_what_brings_many_back_is_said_in_few_words(trashed: Path) -> None:
    brought_back(trashed, "1:12", "14:30")
    assert "`exparse restore 1:12 14:20` brings them back" in removed(trashed, "1:12", "14:20", force=True).noted
    brought_back(trashed)
    assert "`exparse restore --all` brings them back" in removed(trashed, "1:20", force=True).noted


@pytest.mark.parametrize("words", [["--all", "3"], ["-n", "3", "--all"], ["-n", "3", "4"], ["-n", "0"]])
def test_restore_refuses_what_does_not_go_together(trashed: Path, words: list[str]) -> None:
    assert main(["--root", str(trashed), "restore", *words]) == 2
    assert len(list((trashed / "trash").iterdir())) == 60
