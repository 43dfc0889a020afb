"""``exparse views``."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from making import Paper, make_root, make_run

from exparse.cli import views
from exparse.cli.selection import Wanted
from exparse.errors import ExparseError, InvalidName, MarkNotFound
from exparse.query.language import parse
from exparse.store import check_views, renaming
from exparse.store.root import Root

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow

BY_MODEL = "by/model/{model}/{run}"


def links(folder: Path) -> dict[str, str]:
    """Return the folder in which each link lies, by the run that it leads to."""
    return {
        path.resolve().name: str(path.parent.relative_to(folder)) for path in folder.rglob("*") if path.is_symlink()
    }


def lay(root: Path, text: str | None, wanted: Wanted = Wanted(), at: Path | None = None, code: int = 0) -> Paper:  # noqa: B008
    to = Paper()
    assert views.lay(Root(root), str(at or root / "views"), text, wanted, to) == code
    return to


def test_runs_lie_in_folders_by_their_values(root: Path) -> None:
    first = make_run(root, {"model": "a/b", "lr": 0.5})
    second = make_run(root, {"model": "x", "lr": 1e-5})
    third = make_run(root, {"lr": None})
    (first.path / "summary.json").write_text('{"acc": 0.9}')
    assert lay(root, "{model}/{lr}/{metrics.acc}-{state}-{date}").said.endswith("views: 3 links, 3 new, 0 removed\n")
    assert links(root / "views") == {
        first.name: "a%2Fb/0.5/0.9-finished-2026-11-21",
        second.name: "x/1e-05/missing-finished-2026-11-21",
        third.name: "missing/none/missing-finished-2026-11-21",
    }


def test_what_is_remembered_is_brought_up_to_date(root: Path) -> None:
    first, second = make_run(root, {"model": "a"}), make_run(root, {"model": "b"})
    lay(root, BY_MODEL)
    third = make_run(root, {"model": "c"})
    Root(root).remove(first)
    renamed = renaming.rename(second, "label")
    assert lay(root, None).said.endswith("views: 2 links, 2 new, 2 removed\n")
    assert links(root / "views") == {renamed.name: "by/model/b", third.name: "by/model/c"}
    assert sorted(os.listdir(root / "views" / "by" / "model")) == ["b", "c"]


def test_only_some_runs_may_be_meant_and_that_is_remembered(root: Path) -> None:
    for model in ("a", "b"):
        make_run(root, {"model": model, "lr": 0.5}, marks=["good"] if model == "a" else [])
    lay(root, "good/{model}", Wanted(marks=("good",)))
    lay(root, "low/{model}", Wanted(where=(parse("lr < 0.7 and model = 'b'"),), states=("finished",)))
    assert sorted(links(root / "views").values()) == ["good/a", "low/b"]
    new = make_run(root, {"model": "c", "lr": 0.5}, marks=["good"])
    lay(root, None)
    assert links(root / "views")[new.name] == "good/c" and len(links(root / "views")) == 3
    to = Paper()
    assert views.show(str(root / "views"), to) == 0
    shown = to.said.splitlines()
    assert shown[0] == "good/{model}  --mark good"
    assert shown[1].startswith("low/{model}  --where ") and shown[1].endswith("--state finished")


def test_a_view_that_loses_all_its_runs_stays(root: Path) -> None:
    run = make_run(root, {"model": "a"})
    lay(root, BY_MODEL)
    Root(root).remove(run)
    make_run(root, {"other": 1})
    lay(root, None)
    make_run(root, {"model": "b"})
    lay(root, None)
    assert sorted(links(root / "views").values()) == ["by/model/b", "by/model/missing"]


def test_a_view_whose_mark_is_gone_has_no_links_and_the_others_go_on(root: Path) -> None:
    run = make_run(root, {"model": "a"}, marks=["good"])
    lay(root, "good/{model}", Wanted(marks=("good",)))
    lay(root, BY_MODEL)
    Root(root).unmark("good", run)
    assert "good/{model}: no mark 'good'" in lay(root, None).noted
    assert links(root / "views") == {run.name: "by/model/a"}
    with pytest.raises(MarkNotFound):
        lay(root, "good/{model}", Wanted(marks=("good",)))


def test_a_view_is_removed_with_its_links_and_the_others_stay(root: Path) -> None:
    make_run(root, {"model": "a"})
    lay(root, BY_MODEL)
    lay(root, "all/{run}")
    assert views.remove(Root(root), str(root / "views"), BY_MODEL, Paper()) == 0
    assert list(links(root / "views").values()) == ["all"]
    with pytest.raises(ExparseError, match="Close to it: all/"):
        views.remove(Root(root), str(root / "views"), "all/run", Paper())
    assert views.remove(Root(root), str(root / "views"), None, Paper()) == 0
    assert not (root / "views").exists()


def test_views_may_lie_elsewhere(root: Path, tmp_path: Path) -> None:
    make_run(root, {"model": "a"})
    lay(root, "{model}", at=tmp_path / "browse")
    assert list(links(tmp_path / "browse").values()) == ["a"] and not (root / "views").exists()
    with pytest.raises(ExparseError, match="folder of the root itself"):
        lay(root, "{model}", at=root / "runs")


@pytest.mark.parametrize("text", ["../{run}", "{", "a//b", ""])
def test_what_is_no_pattern_changes_nothing(root: Path, text: str) -> None:
    make_run(root, {"model": "a"})
    with pytest.raises(InvalidName):
        lay(root, text)
    assert not (root / "views").exists()


def test_an_unknown_field_is_said_with_those_close_to_it(root: Path) -> None:
    make_run(root, {"model": "a"})
    with pytest.raises(ExparseError, match="no run has {modle}. Close to it: model"):
        lay(root, "{modle}")
    with pytest.raises(ExparseError, match="another each time"):
        lay(root, "{age}")
    assert not (root / "views").exists()


def test_views_work_in_folders_with_odd_names(odd_folder: Path) -> None:
    run = make_run(odd_folder / "exruns", {"model": "a b"})
    lay(odd_folder / "exruns", BY_MODEL)
    assert (odd_folder / "exruns" / "views" / "by" / "model" / "a b" / run.name / "params.yaml").is_file()
    lay(odd_folder / "exruns", "{model}", at=odd_folder / "elsewhere")
    assert (odd_folder / "elsewhere" / "a b" / run.name / "params.yaml").is_file()


def test_views_of_a_root_that_is_only_read_may_lie_elsewhere(root: Path, tmp_path: Path) -> None:
    run = make_run(root, {"model": "a"})
    root.chmod(0o500)
    try:
        lay(root, BY_MODEL, at=tmp_path / "browse")
    finally:
        root.chmod(0o700)
    assert links(tmp_path / "browse") == {run.name: "by/model/a"} and not (root / "views").exists()


def test_nothing_to_bring_up_to_date_is_said(root: Path) -> None:
    make_root(root)
    with pytest.raises(ExparseError, match="no views in"):
        lay(root, None)
    to = Paper()
    assert views.show(str(root / "views"), to) == 0
    assert (to.said, "no views in" in to.noted) == ("", True)


def test_files_of_the_user_are_kept_and_told(root: Path) -> None:
    run = make_run(root, {"model": "a"})
    lay(root, BY_MODEL)
    mine = root / "views" / "by" / "model" / "a" / "mine.txt"
    mine.write_text("mine")
    assert f"not a link of exparse, and kept: {mine}" in lay(root, None).noted
    link = root / "views" / "by" / "model" / "a" / run.name
    link.unlink()
    link.write_text("mine, too")
    assert "lies in the way" in lay(root, None, code=1).noted
    assert (mine.read_text(), link.read_text()) == ("mine", "mine, too")


def test_the_real_command_lays_views_that_the_shell_can_walk(root: Path, exparse: Any) -> None:
    run = make_run(root, {"model": "a"})
    assert exparse("views", "by/{model}", "--where", "model = a").returncode == 0
    picked = exparse("path", f"exruns/views/by/a/{run.name}")
    assert picked.stdout.strip() == str(run.path)
    assert exparse("views").stdout.endswith("1 link, 0 new, 0 removed\n")
    assert exparse("views", "--list").stdout.startswith("by/{model}  --where ")
    assert exparse("views", "by/{model}", "--remove").returncode == 0
    refused = exparse("views")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)


def test_without_a_locale_views_have_the_same_folders(root: Path, exparse: Any) -> None:
    run = make_run(root, {"model": "résnet"})
    lay(root, "größe/{model}")
    assert links(root / "views") == {run.name: "größe/résnet"}
    newer = make_run(root, {"model": "ü" * 200})
    bare = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    said = exparse("views", env=bare)
    assert (said.returncode, said.stderr) == (0, "") and said.stdout.endswith("2 links, 1 new, 0 removed\n")
    assert exparse("views", env=bare).stdout.endswith("2 links, 0 new, 0 removed\n")
    lay(root, None)
    found = links(root / "views")
    assert found[run.name] == "größe/résnet" and found[newer.name].startswith("größe/üü")


def test_a_marked_run_of_tmp_has_its_link_too(root: Path) -> None:
    make_run(root, {"model": "a"})
    temporary = make_run(root, {"model": "b"}, tmp=True, marks=["good"])
    lay(root, BY_MODEL, Wanted(marks=("good",)))
    assert (root / "views" / "by" / "model" / "b" / temporary.name).resolve() == temporary.path.resolve()
    assert links(root / "views") == {temporary.name: "by/model/b"}


@pytest.mark.parametrize(("text", "meant"), [("model", "'{model}'"), ("by/model", "'by/{model}'")])
def test_a_pattern_without_a_field_is_refused(root: Path, text: str, meant: str) -> None:
    make_run(root, {"model": "a"})
    with pytest.raises(ExparseError, match=f"names no {{field}}; did you mean {meant}"):
        lay(root, text)
    assert not (root / "views").exists()
    lay(root, "good/{run}")
    assert list(links(root / "views").values()) == ["good"]


def test_links_of_views_to_runs_that_are_gone_are_found_and_removed(root: Path) -> None:
    runs = [make_run(root, {"model": name}) for name in "abc"]
    lay(root, "by/{model}/{run}")
    (root / "views" / "by" / "mine").symlink_to("nowhere")
    assert list(check_views.look(str(root))) == []
    Root(root).remove(runs[0])
    shutil.rmtree(runs[1].path)
    found = sorted(check_views.look(str(root)))
    assert [(finding.kind, finding.path) for finding in found] == [
        ("view", f"views/by/a/{runs[0].name}"),
        ("view", f"views/by/b/{runs[1].name}"),
    ]
    assert "in the trash" in found[0].what and "not there" in found[1].what and "`exparse views`" in found[0].cure
    Root(root).restore(Root(root).runs("trash")[0])
    for finding in found:
        assert finding.mend is not None
        finding.mend()
    assert sorted(path.name for path in (root / "views" / "by").iterdir()) == ["a", "c", "mine"]
    assert len(links(root / "views")) == 3 and list(check_views.look(str(root))) == []
