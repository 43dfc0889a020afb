"""Selectors, marks, the trash, and finding a root: through the public face."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import making
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exparse.errors import ExparseError, InvalidName, MarkNotFound, RootError, RunNotFound, UnsupportedFormat
from exparse.store import marks, select
from exparse.store import root as roots
from exparse.store.names import Names
from exparse.store.root import Root
from exparse.store.run import Run


@pytest.fixture
def place(root: Path) -> Root:
    """Make a root with runs 1 (first), 2, 3 (tmp, second), 4 (first-try), 5 and marks."""
    for label, tmp in (("first", False), (None, False), ("second", True), ("first-try", False), (None, False)):
        run = making.make_run(root, {"x": 1}, label=label, tmp=tmp)
        (run.path / "summary.json").write_text(
            json.dumps({"acc": run.id / 10, "loss": -run.id, "text": "x", "flag": True})
        )
    found = Root(root)
    found.mark("paper/table1", found[1], found[4])
    found.mark("paper", found[5])
    found.mark("other", found[3])
    return found


@pytest.mark.parametrize(
    ("selector", "ids"),
    [
        ("1", [1]),
        ("000005", [5]),
        ("3", [3]),
        ("2:4", [2, 3, 4]),
        ("4:", [4, 5]),
        (":2", [1, 2]),
        ("2:2", [2]),
        ("last", [5]),
        ("last~0", [5]),
        ("last~1", [4]),
        ("last~2", [2]),
        ("@paper", [1, 4, 5]),
        ("@paper/table1", [1, 4]),
        ("@paper/", [1, 4, 5]),
        ("@other", [3]),
        ("first", [1]),
        ("first-t", [4]),
        ("fir", [1, 4]),
        ("second", [3]),
        ("000002-", [2]),
        ("best:acc", [5]),
        ("best:-acc", [1]),
        ("best:loss", [1]),
        ("best:-loss", [5]),
    ],
)
def test_each_selector_picks_its_runs(place: Root, selector: str, ids: list[int]) -> None:
    assert [run.id for run in place.select(selector)] == ids
    assert place[selector].id == ids[-1]


@pytest.mark.parametrize(
    "selector",
    ["6", "0", "-1", "9:12", "4:2", ":", "", "last~5", "last~", "last~x", "@", "@pap", "@nothing", "best:", "best:text", "best:flag",
     "best:none", "nothing", "irst", "/", ".", "..", "~", "*", "\0", "\n", "é", "１", "9" * 5000, "1:" + "9" * 5000, "last~" + "9" * 30],
)  # fmt: skip
def test_what_picks_nothing_is_said_with_the_root(place: Root, selector: str) -> None:
    with pytest.raises(RunNotFound) as refused:
        place.select(selector)
    assert place.folder in str(refused.value) and isinstance(refused.value, LookupError)


@given(st.text(max_size=12))
def test_any_text_picks_runs_or_is_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    shared = tmp_path_factory.getbasetemp() / "shared-for-select"
    if not shared.exists():
        making.make_run(shared, {"x": 1}, label="a", marks=["m/n"])
    try:
        assert all(isinstance(run, Run) for run in Root(shared).select(text))
    except RunNotFound as problem:
        assert str(problem).startswith("no run matches")


def test_a_path_to_a_run_or_into_it_picks_it(place: Root, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = place[4]
    index = place.path / "index" / f"{run.name}.yaml"
    (tmp_path / "outside").symlink_to(run.path)
    for path in (
        run.path,
        run.path / "params.yaml",
        index,
        tmp_path / "outside",
        place.path / "runs" / ".." / "runs" / run.name,
    ):
        assert [found.id for found in place.select(str(path))] == [4]
    monkeypatch.chdir(place.path / "runs")
    assert [found.id for found in place.select(f"./{run.name}", f"../tmp/{place[3].name}")] == [4, 3]
    for path in (tmp_path, place.path, place.path / "runs", place.path / "index", tmp_path / "nothing"):
        with pytest.raises(RunNotFound):
            place.select(str(path))


def test_a_path_into_another_root_picks_none_here(place: Root, tmp_path: Path) -> None:
    other = making.make_run(tmp_path / "exruns2", {"x": 1})
    with pytest.raises(RunNotFound):
        place.select(str(other.path))


def test_several_selectors_give_each_run_once_in_their_order(place: Root) -> None:
    assert [run.id for run in place.select("last", "1:2", "@paper", "5")] == [5, 1, 2, 4]


def test_names_close_to_it_are_offered(place: Root) -> None:
    for wrong, close in (("frist", "first"), ("secnd", "second"), ("@papr", "@paper")):
        with pytest.raises(RunNotFound) as refused:
            place.select(wrong)
        assert close in refused.value.close and close in str(refused.value)


def test_strange_things_in_a_root_are_no_runs(place: Root, tmp_path: Path) -> None:
    runs = place.path / "runs"
    name = "000009-2026-11-21-05-40-12"
    (runs / name).write_text("a file")
    (runs / "000010-2026-11-21-05-40-12").symlink_to(tmp_path)
    for odd in (
        ".000011-2026-11-21-05-40-12",
        "x",
        "000012",
        "000013-2026-11-21-05-40-12-é",
        "two\nlines",
        ".nfs1",
        "-n",
    ):
        (runs / odd).mkdir()
    (runs / os.fsdecode(b"\xff\xfe")).mkdir()
    assert [run.id for run in place] == [1, 2, 4, 5] and len(place) == 4
    assert [run.id for run in place.newest(2)[0]] == [4, 5]
    assert [run.id for run in place.newest(100)[0]] == [1, 2, 4, 5] and place.newest(0)[0] == []


def test_numbers_order_runs_and_not_their_names(root: Path) -> None:
    for number in (9, 1_000_000, 999_999, 10):
        (root / "runs" / f"{number:06d}-2026-11-21-05-40-12").mkdir(parents=True)
    assert [run.id for run in Root(root)] == [9, 10, 999_999, 1_000_000]
    assert select.newest(str(root), 2)[0] == ["999999-2026-11-21-05-40-12", "1000000-2026-11-21-05-40-12"]


def test_a_root_that_is_not_there_holds_no_runs(tmp_path: Path) -> None:
    nothing = Root(tmp_path / "nothing")
    assert list(nothing) == [] and len(nothing) == 0 and nothing.marks() == {} and nothing.newest(3) == ([], 0)
    with pytest.raises(RunNotFound):
        nothing.select("last")
    with pytest.raises(RootError, match="there is no such folder"):
        nothing.check()
    assert not nothing.path.exists()


# Marks


def test_marks_are_put_and_taken_off(place: Root) -> None:
    assert place.mark("new/deep", place[1], place[2]) == 2 and place.mark("new/deep", place[1]) == 0
    assert place.marks()["new/deep"] == [place[1].name, place[2].name]
    assert place.unmark("new/deep", place[1], place[5]) == 1
    assert place.unmark("new/deep", place[2]) == 1 and not (place.path / "marked" / "new").exists()
    assert [run.id for run in place.marked("paper")] == [1, 4, 5]


def test_an_unknown_mark_names_those_close_to_it(place: Root) -> None:
    with pytest.raises(MarkNotFound, match="Close to it: paper") as refused:
        place.marked("papre")
    assert isinstance(refused.value, KeyError)


@pytest.mark.parametrize(
    "mark",
    ["", "/", "a//b", "../x", "a/..", "runs", "tmp/x", "42", ".hidden", "a b", "é", "a\n", "-x", "a/" * 17 + "b"],
)
def test_a_mark_that_is_none_writes_nothing(place: Root, mark: str) -> None:
    before = sorted(os.walk(place.path))
    for act in (place.mark, place.unmark):
        with pytest.raises(InvalidName):
            act(mark, place[1])
    assert sorted(os.walk(place.path)) == before


def test_marks_as_exman_made_them_are_read_and_taken_off(place: Root) -> None:
    folder = place.path / "marked" / "old" / "bob"
    folder.mkdir(parents=True)
    (folder / place[2].name).symlink_to(f"../../../runs/{place[2].name}")
    assert [run.id for run in place.marked("old")] == [2]
    assert place.unmark("old/bob", place[2]) == 1 and place[2].path.is_dir()


def test_marks_of_runs_that_are_gone_are_passed_over(place: Root) -> None:
    shutil.rmtree(place[1].path)
    assert place.marks()["paper/table1"] == [place[4].name]


def test_loops_and_strange_entries_below_marked_do_no_harm(place: Root) -> None:
    marked = place.path / "marked"
    (marked / "loop").symlink_to(marked)
    (marked / "x").mkdir()
    (marked / "x" / "notes.txt").write_text("mine")
    deep = marked.joinpath(*["d"] * 40)
    deep.mkdir(parents=True)
    os.mkfifo(marked / "x" / "pipe")
    assert set(place.marks()) == {"paper", "paper/table1", "other"}


# Trash


def test_a_removed_run_is_out_of_sight_and_comes_back_with_its_marks(place: Root) -> None:
    run, before = place[4], place.marks()
    place.remove(run)
    assert [found.id for found in place] == [1, 2, 5] and not (place.path / "index" / f"{run.name}.yaml").is_symlink()
    assert "paper/table1" in place.marks() and place.marks()["paper/table1"] == [place[1].name]
    (gone,) = place.runs("trash")
    assert gone.params == {"x": 1}
    back = place.restore(gone)
    assert back == run and place.marks() == before and os.listdir(place.path / "trash") == []
    assert (place.path / "index" / f"{run.name}.yaml").resolve() == run.path / "params.yaml"


def test_a_tmp_run_comes_back_to_tmp(place: Root) -> None:
    place.remove(place[3])
    back = place.restore(place.runs("trash")[0])
    assert (
        back.place == "tmp" and not (place.path / "index" / f"{back.name}.yaml").exists() and "other" in place.marks()
    )


@pytest.mark.parametrize(
    "note",
    [
        None,
        "",
        "[]",
        "{}",
        '{"place": "/etc", "marks": ["../../x"]}',
        '{"place": "runs", "marks": [1]}',
        '{"place": "runs", "marks": 3}',
    ],
)
def test_a_run_whose_note_is_damaged_comes_back_to_runs(place: Root, note: str | None) -> None:
    run = place[2]
    place.remove(run)
    file = place.path / "trash" / f"{run.name}.json"
    file.unlink()
    if note is not None:
        file.write_text(note)
    assert place.restore(place.runs("trash")[0]) == run and place[2].params == {"x": 1}


def test_a_run_that_holds_links_is_moved_with_them(place: Root, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (place[2].path / "data").symlink_to(tmp_path / "data")
    place.remove(place[2])
    assert (tmp_path / "data").is_dir() and place.restore(place.runs("trash")[0]).state == "finished"


# Finding a root


def test_a_root_is_found_from_wherever_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "project"
    root = project / "exruns"
    run = making.make_run(root, {"x": 1})
    (project / "src" / "deep").mkdir(parents=True)
    for start in (root, project, project / "src", project / "src" / "deep", root / "runs", run.path):
        assert roots.find(start=str(start)).path == root
        monkeypatch.chdir(start)
        assert roots.find().path == root
    with pytest.raises(RootError, match="no root here"):
        roots.find(start=str(tmp_path / "home"))


def test_a_root_of_another_name_is_found_and_several_are_not_guessed(tmp_path: Path) -> None:
    making.make_run(tmp_path / "p" / "results", {"x": 1})
    assert roots.find(start=str(tmp_path / "p")).path == tmp_path / "p" / "results"
    making.make_run(tmp_path / "p" / "others", {"x": 1})
    with pytest.raises(RootError, match="several roots here .others, results."):
        roots.find(start=str(tmp_path / "p"))
    making.make_run(tmp_path / "p" / "exruns", {"x": 1})
    assert roots.find(start=str(tmp_path / "p")).path.name == "exruns"


def test_the_only_root_of_a_package_is_found_from_far_above(tmp_path: Path) -> None:
    project = tmp_path / "p"
    making.make_run(project / "src" / "deep" / "package" / "exruns", {"x": 1})
    making.make_run(project / ".hidden" / "er" / "exruns", {"x": 1})
    (project / "src" / "loop").symlink_to(project)
    assert roots.find(start=str(project)).path == project / "src" / "deep" / "package" / "exruns"
    making.make_run(project / "lib" / "other" / "exruns", {"x": 1})
    with pytest.raises(RootError, match="several roots below .lib/other/exruns, src/deep/package/exruns."):
        roots.find(start=str(project))


def test_what_is_given_comes_before_the_environment_and_that_before_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("exruns", "b", "c"):
        making.make_root(tmp_path / name)
    assert roots.find().path == tmp_path / "exruns"
    monkeypatch.setenv("EXPARSE_ROOT", str(tmp_path / "b"))
    assert roots.find().path == tmp_path / "b" and roots.find("c").path == tmp_path / "c"
    monkeypatch.setenv("EXPARSE_ROOT", "")
    assert roots.find().path == tmp_path / "exruns"
    monkeypatch.setenv("EXPARSE_ROOT", "missing")
    with pytest.raises(RootError, match="there is no such folder"):
        roots.find()


def test_a_home_is_written_with_a_tilde(monkeypatch: pytest.MonkeyPatch) -> None:
    making.make_root(Path.home() / "r")
    assert roots.find("~/r").path == Path.home() / "r"


def test_a_folder_that_is_no_root_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(RootError, match="is no root of exparse"):
        roots.find(str(tmp_path))
    (tmp_path / "runs").mkdir()
    with pytest.raises(RootError):
        roots.find(str(tmp_path))
    (tmp_path / "index").mkdir()
    assert roots.find(str(tmp_path)).path == tmp_path


def test_a_root_of_a_foreign_major_is_not_read(root: Path) -> None:
    making.make_run(root, {"x": 1})
    (root / "exparse.json").write_text('{"format": "2.3"}')
    with pytest.raises(UnsupportedFormat, match="root format 2.3"):
        roots.find(str(root))
    (root / "exparse.json").write_bytes(b"\xff\0")
    with pytest.raises(ExparseError):
        roots.find(str(root))


def test_a_working_folder_that_is_gone_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(RootError, match="working folder"):
        roots.find()


def test_all_works_in_folders_with_odd_names(odd_folder: Path) -> None:
    root = odd_folder / "exruns"
    run = making.make_run(root, {"x": 1}, label="a")
    place = roots.find(start=str(odd_folder))
    place.mark("m/n", place["a"])
    assert [found.id for found in place.select(str(run.path), "@m", "last", "1")] == [1]
    place.remove(run)
    assert place.restore(place.runs("trash")[0]).params == {"x": 1} and place.marks() == {"m/n": [run.name]}


def test_reading_writes_nothing_and_works_on_a_copy(place: Root, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(place.path, copy, symlinks=True)

    def state(folder: Path) -> Any:
        return [
            (at, sorted(dirs), sorted(names), os.stat(at).st_mtime_ns) for at, dirs, names in sorted(os.walk(folder))
        ]

    before = state(copy)
    read = Root(copy)
    assert [run.state for run in read] == ["finished"] * 4 and read.marks() == place.marks()
    assert [run.id for run in read.select("@paper", "best:acc", "last", "1:3")] == [1, 4, 5, 2, 3]
    assert [run.params for run in read] and [run.metadata["id"] for run in read] == [1, 2, 4, 5]
    assert state(copy) == before


# Names


labels = st.sampled_from(["", "-a", "-b", "-ab", "-a-b", "-2026", "-12"])
folders = st.lists(st.tuples(st.integers(1, 30), labels, st.booleans()), max_size=8, unique_by=lambda each: each[0])


@given(
    folders,
    st.one_of(
        st.sampled_from(["last", "last~1", "a", "b", "a-", "2026", "12", "000", "0000", "2:20", ":5", "9:"]),
        st.integers(0, 31).map(str),
        st.integers(1, 30).map(lambda number: f"{number:06d}-2026-11-21-05-40-12"),
    ),
)
def test_looking_closely_at_few_names_picks_what_looking_at_all_would(
    tmp_path_factory: pytest.TempPathFactory, runs: list[tuple[int, str, bool]], selector: str
) -> None:
    root = tmp_path_factory.mktemp("law")
    for number, label, tmp in runs:
        (root / ("tmp" if tmp else "runs") / f"{number:06d}-2026-11-21-05-40-12{label}").mkdir(parents=True)
    expected = picked_by_hand(select.listed(str(root)), selector)
    try:
        assert select.pick(str(root), selector) == expected
        assert select.pick(str(root), selector, runs=select.listed(str(root))) == expected
    except RunNotFound:
        assert expected == []


def picked_by_hand(runs: list[Run], selector: str) -> list[Run]:
    """Return what a selector means, by a look at each run."""
    if selector.isdecimal() and len(selector) < 19:
        return [run for run in runs if run.id == int(selector)]
    if selector.startswith("last"):
        kept = [run for run in runs if run.place == "runs"] or runs
        back = int(selector.partition("~")[2] or 0)
        return kept[len(kept) - 1 - back :][:1] if back < len(kept) else []
    if ":" in selector:
        low, high = selector.split(":")
        return [run for run in runs if int(low or 0) <= run.id <= int(high or 99)]
    exact = [run for run in runs if selector in (run.name, run.label)]
    begun = [run for run in runs if run.name.startswith(selector) or (run.label or "").startswith(selector)]
    return exact or begun


def test_the_best_is_by_the_summary_or_else_by_the_last_value(root: Path) -> None:
    said = [
        ('{"acc": 0.5}', '{"acc": 0.9, "step": 1}\n'),
        (None, '{"acc": 0.2, "step": 1}\n{"acc": 0.8, "step": 2}\n'),
        (None, None),
        ('{"acc": "none"}', '{"acc": 1.0, "step": 1}\n'),
    ]
    for summary, metrics in said:
        run = making.make_run(root)
        for name, text in (("summary.json", summary), ("metrics.jsonl", metrics)):
            if text is not None:
                (run.path / name).write_text(text)
    assert [Root(root)[selector].id for selector in ("best:acc", "best:-acc")] == [2, 1]


def test_the_best_is_none_of_tmp_where_another_was_measured(root: Path) -> None:
    for number, tmp in enumerate((False, True)):
        (making.make_run(root, tmp=tmp).path / "summary.json").write_text(f'{{"acc": {number}, "loss{number}": 1}}')
    assert [Root(root)[selector].id for selector in ("best:acc", "best:loss0", "best:loss1")] == [1, 1, 2]


def test_many_wrong_selectors_are_refused_with_nothing_close_to_a_number(place: Root) -> None:
    there = Names(place.folder)
    for wrong in ("77", "last~99", "80:90"):
        with pytest.raises(RunNotFound) as refused:
            select.pick(place.folder, wrong, runs=there)
        assert refused.value.close == []


def test_marks_of_all_runs_and_of_a_part_are_found_in_one_walk(place: Root) -> None:
    assert marks.of_runs(place.folder) == {
        place[1].name: ["paper/table1"],
        place[4].name: ["paper/table1"],
        place[5].name: ["paper"],
        place[3].name: ["other"],
    }
    assert {mark for mark, _ in marks.walk(place.folder, "paper")} == {"paper", "paper/table1"}
    assert marks.known(place.folder) == {"paper", "paper/table1", "other"}
    (place.path / "marked" / "link").symlink_to(place.path / "marked" / "paper")
    for text in ("../runs", "..", "/", "paper/../other", "link", "\0", "x" * 5000, ".", "paper//table1"):
        assert list(marks.walk(place.folder, text)) == []


def test_the_newest_names_are_the_same_whatever_their_width(root: Path) -> None:
    for number in (9, 10, 11):
        (root / "runs" / f"{number:06d}-2026-11-21-05-40-12").mkdir(parents=True)
    assert select.last_names(str(root), 2) == select.newest(str(root), 2)[0]
    (root / "runs" / "1000000-2026-11-21-05-40-12").mkdir()
    (root / "runs" / "notes").mkdir()
    assert select.last_names(str(root), 2) == select.newest(str(root), 2)[0]
    assert select.last_names(f"{root}/nothing", 2) == []
