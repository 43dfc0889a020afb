"""Views on disk: links that are wanted are there, those that are not go, and nothing else is touched."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import make_run

from exparse.errors import DamagedFile, ExparseError, RootError, UnsupportedFormat
from exparse.store import pattern, views
from exparse.store.views import Changes, View

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow

SHAPE = pattern.parse("by/{model}/{run}")


def tree(folder: Path) -> dict[str, str | None]:
    """Return what lies below a folder, and where the links lead."""
    return {
        str(path.relative_to(folder)): os.readlink(path) if path.is_symlink() else None
        for path in sorted(folder.rglob("*"))
        if path.name != views.MEMORY
    }


@pytest.fixture
def names(root: Path) -> list[str]:
    """Make a root with three runs, and a folder for views; return the runs' names."""
    (root / "views").mkdir(parents=True)
    return [make_run(root).name for _ in range(3)]


def update(root: Path, wanted: dict[str, str], folder: Path | None = None, *shapes: pattern.Pattern) -> Changes:
    place = folder or root / "views"
    return views.update(str(root), str(place), wanted, shapes or (SHAPE,), views.remembered(str(place))[1])


def test_links_lead_to_the_folders_of_runs_and_are_relative(root: Path, names: list[str], tmp_path: Path) -> None:
    wanted = {f"by/a/{names[0]}": f"runs/{names[0]}", f"by/b/{names[1]}": f"runs/{names[1]}"}
    assert update(root, wanted) == Changes(2, 0, 2, [], [])
    assert tree(root / "views") == {
        "by": None,
        "by/a": None,
        f"by/a/{names[0]}": f"../../../runs/{names[0]}",
        "by/b": None,
        f"by/b/{names[1]}": f"../../../runs/{names[1]}",
    }
    root.rename(tmp_path / "moved")
    assert (tmp_path / "moved" / "views" / "by" / "a" / names[0] / "params.yaml").is_file()


def test_what_changed_is_brought_up_to_date_and_empty_folders_go(root: Path, names: list[str]) -> None:
    update(root, {f"by/{n}/{name}": f"runs/{name}" for n, name in enumerate(names)})
    wanted = {f"by/0/{names[0]}": f"runs/{names[0]}", f"by/x/{names[1]}": f"runs/{names[1]}"}
    assert update(root, wanted) == Changes(1, 2, 2, [], [])
    assert update(root, wanted) == Changes(0, 0, 2, [], [])
    assert set(os.listdir(root / "views" / "by")) == {"0", "x"}
    assert update(root, {}) == Changes(0, 2, 0, [], [])
    assert tree(root / "views") == {}


def test_what_is_not_a_link_of_ours_is_kept_and_told(root: Path, names: list[str], tmp_path: Path) -> None:
    wanted = {f"by/a/{names[0]}": f"runs/{names[0]}"}
    update(root, wanted)
    folder = root / "views" / "by" / "a"
    (folder / "notes.txt").write_text("mine")
    (folder / "favourite").symlink_to(f"../../../runs/{names[0]}")
    (folder / f"{names[1]}").symlink_to(tmp_path)
    (folder / "sub").mkdir()
    (root / "views" / "own").mkdir()
    before = tree(root / "views")
    changes = update(root, wanted)
    assert tree(root / "views") == before
    assert sorted(changes.foreign) == sorted(
        ["by/a/notes.txt", "by/a/favourite", f"by/a/{names[1]}", "by/a/sub"],
    )
    update(root, {})
    left = tree(root / "views")
    assert f"by/a/{names[0]}" not in left and left == {k: v for k, v in before.items() if k in left}
    assert len(left) == len(before) - 1


def test_what_lies_in_the_way_is_kept_and_told(root: Path, names: list[str], tmp_path: Path) -> None:
    views_of = root / "views"
    (views_of / "by" / "a" / names[0]).mkdir(parents=True)
    (views_of / "by" / "b").write_text("mine")
    (tmp_path / "elsewhere").mkdir()
    (views_of / "by" / "c").symlink_to(tmp_path / "elsewhere")
    before = tree(views_of)
    wanted = {f"by/{part}/{name}": f"runs/{name}" for part, name in zip("abc", names, strict=True)}
    assert update(root, wanted).in_the_way == list(wanted)
    assert tree(views_of) == before and os.listdir(tmp_path / "elsewhere") == []


def test_a_link_of_another_pattern_stays(root: Path, names: list[str]) -> None:
    other = pattern.parse("all/{run}")
    both = {f"by/a/{names[0]}": f"runs/{names[0]}", f"all/{names[0]}": f"runs/{names[0]}"}
    update(root, both, None, SHAPE, other)
    update(root, {f"by/a/{names[0]}": f"runs/{names[0]}"}, None, SHAPE)
    assert f"all/{names[0]}" in tree(root / "views")


def test_patterns_that_do_not_go_together_are_refused_before_anything_is_done(root: Path, names: list[str]) -> None:
    wanted = {f"by/{names[0]}": f"runs/{names[0]}", f"by/{names[0]}/{names[1]}": f"runs/{names[1]}"}
    with pytest.raises(ExparseError, match="a link and a folder"):
        update(root, wanted)
    assert tree(root / "views") == {}


def test_views_may_lie_elsewhere_also_behind_a_link(root: Path, names: list[str], tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "short").symlink_to(tmp_path / "deep" / "er")
    update(root, {names[0]: f"runs/{names[0]}"}, tmp_path / "short", pattern.parse("{run}"))
    assert os.readlink(tmp_path / "deep" / "er" / names[0]) == f"../../exruns/runs/{names[0]}"
    assert (tmp_path / "short" / names[0] / "params.yaml").is_file()


def test_links_are_laid_anew_when_the_root_moved_away_from_its_views(
    root: Path, names: list[str], tmp_path: Path
) -> None:
    folder = tmp_path / "browse"
    shape = pattern.parse("{run}")
    views.remember(str(root), str(folder), [View("{run}", {})])
    update(root, {names[0]: f"runs/{names[0]}"}, folder, shape)
    moved = tmp_path / "other" / "place"
    moved.parent.mkdir()
    root.rename(moved)
    assert update(moved, {names[0]: f"runs/{names[0]}"}, folder, shape) == Changes(0, 0, 1, [], [])
    assert (folder / names[0] / "params.yaml").is_file()


@pytest.mark.parametrize("place", [".", "runs", "index", "marked/x", "views/../runs"])
def test_a_folder_of_the_root_itself_is_refused(root: Path, names: list[str], place: str) -> None:
    with pytest.raises(ExparseError, match="folder of the root itself"):
        views.check_place(str(root), str(root / place))


@pytest.mark.parametrize("place", ["views", "views/mine", "../browse", ".."])
def test_views_lie_in_their_folder_or_outside_of_the_root(root: Path, names: list[str], place: str) -> None:
    views.check_place(str(root), str(root / place))
    assert os.listdir(root / "views") == []


def test_views_are_remembered_and_forgotten(root: Path, names: list[str]) -> None:
    folder = str(root / "views" / "deep")
    assert views.remembered(folder) == ([], None)
    known = [View("by/{model}", {"where": ["acc > 0.9"]}), View("{run}", {})]
    views.remember(str(root), folder, known)
    assert views.remembered(folder) == (known, "../..")
    views.forget(folder)
    assert not os.path.exists(folder)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"views": [1], "root": ".."}', "\0", '{"format": "1.1"}'])
def test_a_damaged_memory_is_said_with_what_to_do(root: Path, names: list[str], text: str) -> None:
    (root / "views" / views.MEMORY).write_text(text)
    with pytest.raises(DamagedFile, match="remove it"):
        views.remembered(str(root / "views"))


def test_a_memory_of_a_newer_major_is_refused(root: Path, names: list[str]) -> None:
    (root / "views" / views.MEMORY).write_text('{"format": "2.0", "views": [], "root": ".."}')
    with pytest.raises(UnsupportedFormat):
        views.remembered(str(root / "views"))


def test_where_there_are_no_links_small_files_lead_to_the_runs(
    root: Path, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **more: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "symlink", refuse)
    wanted = {f"by/a/{names[0]}": f"runs/{names[0]}"}
    update(root, wanted)
    file = root / "views" / "by" / "a" / names[0]
    assert file.read_text() == f"../../../runs/{names[0]}\n"
    assert update(root, wanted) == Changes(0, 0, 1, [], [])
    assert update(root, {}) == Changes(0, 1, 0, [], []) and tree(root / "views") == {}


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.integers(0, 2), max_size=3), max_size=4))
def test_after_any_changes_exactly_the_wanted_links_are_there(
    tmp_path_factory: pytest.TempPathFactory, steps: list[dict[str, int]]
) -> None:
    root = tmp_path_factory.mktemp("law") / "exruns"
    (root / "views").mkdir(parents=True)
    names = [f"00000{n}-2026-11-21-05-40-12" for n in range(3)]
    for step in steps:
        wanted = {f"by/{value}/{names[n]}": f"runs/{names[n]}" for value, n in step.items()}
        update(root, wanted)
        found = {path: leads for path, leads in tree(root / "views").items() if leads}
        assert found == {path: f"../../../{run}" for path, run in wanted.items()}


def test_a_link_that_another_process_laid_meanwhile_counts_as_laid(
    root: Path, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = {f"by/a/{name}": f"runs/{name}" for name in names}
    update(root, wanted)
    # What a listing before the other one had begun would have shown.
    monkeypatch.setattr(views, "_look", lambda *_: ({}, []))
    changes = update(root, wanted)
    assert changes.in_the_way == [] and changes.links == len(names)


def test_two_processes_that_lay_the_same_views_both_end_well(root: Path) -> None:
    for number in range(60):
        make_run(root, {"model": f"m{number}"})
    command = [sys.executable, "-m", "exparse", "--root", str(root), "views", "by/{model}/{run}"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    answers = [(*one.communicate(), one.returncode) for one in both]
    assert [code for *_, code in answers] == [0, 0, 0], answers
    assert len([path for path in tree(root / "views").values() if path]) == 60


@pytest.mark.parametrize("text", ["{a}" * 30, "../x/{run}", "<x>"])
def test_a_memory_with_patterns_that_are_none_is_damaged(root: Path, text: str) -> None:
    folder = root / "views"
    views.remember(str(root), str(folder), [View(text, {})])
    with pytest.raises(DamagedFile, match="remove the file, and make the views again"):
        views.remembered(str(folder))


def test_a_folder_has_so_many_views_and_no_more(root: Path) -> None:
    folder, many = str(root / "views"), [View(f"{{run}}{number}", {}) for number in range(views.MOST + 1)]
    views.remember(str(root), folder, many[:-1])
    with pytest.raises(ExparseError, match="Remove one"):
        views.remember(str(root), folder, many)
    assert views.remembered(folder)[0] == many[:-1]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_nothing_is_laid_where_a_link_stands_in_the_place_of_views(root: Path, tmp_path: Path) -> None:
    make_run(root)
    (tmp_path / "elsewhere").mkdir()
    (root / "views").symlink_to(tmp_path / "elsewhere")
    for folder in (root / "views", root / "views" / "mine"):
        with pytest.raises(RootError, match="this is a link"):
            views.check_place(str(root), str(folder))
