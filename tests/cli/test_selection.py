"""Selectors of the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from making import Paper, damage, make_run

from exparse.cli import selection
from exparse.cli.main import main
from exparse.errors import ExparseError, InvalidQuery, RunNotFound
from exparse.query import language
from exparse.store import select
from exparse.store.root import Root


def test_last_is_what_it_is_for_everybody_else(root: Path) -> None:
    to = Paper()
    make_run(root, tmp=True)
    for _ in range(3):
        assert selection.picked(Root(root), ["last"], to) == (select.pick(str(root), "last"), True)
        assert selection.one(Root(root), "last", to) == select.pick(str(root), "last")[0]
        make_run(root)
        make_run(root, tmp=True)
    assert selection.picked(Root(root), ["last", "last~1", "1", "last"], to)[0] == [
        *select.pick(str(root), "last"),
        *select.pick(str(root), "last~1"),
        *select.pick(str(root), "1"),
    ]
    assert to.noted == ""


def test_last_of_the_trash_is_the_last_that_lies_there(root: Path) -> None:
    run = make_run(root)
    make_run(root)
    Root(root).remove(run)
    runs, all_known = selection.picked(Root(root), ["last"], Paper(), ("trash",))
    assert ([found.name for found in runs], all_known) == ([run.name], True)


def test_one_run_is_the_newest_of_several_and_none_is_an_error(root: Path) -> None:
    make_run(root, marks=["good"])
    run = make_run(root, marks=["good"])
    to = Paper()
    assert selection.one(Root(root), "@good", to) == run
    assert to.noted == "2 runs match @good: this is the newest, 2\n"
    with pytest.raises(RunNotFound, match="Close to it: @good"):
        selection.one(Root(root), "@goood", to)
    Root(root).remove(run)
    with pytest.raises(ExparseError, match="exparse restore 2"):
        selection.one(Root(root), "2", to)


def test_a_tag_that_was_taken_for_a_mark_is_told(root: Path) -> None:
    make_run(root, facts={"tags": ["big"]})
    damage(make_run(root), "metadata.json")
    to = Paper()
    assert selection.picked(Root(root), ["@big"], to) == ([], False)
    assert "'big' is a tag, no mark: `exparse ls --tag big`" in to.noted
    with pytest.raises(ExparseError, match="'big' is a tag"):
        selection.one(Root(root), "@big", to)
    with pytest.raises(RunNotFound) as found:
        selection.one(Root(root), "@bug", to)
    assert "is a tag" not in str(found.value)


def test_a_path_into_another_root_says_which(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other one"
    run = make_run(other)
    make_run(root)
    for selector in (run.folder, f"{run.folder}/params.yaml"):
        with pytest.raises(RunNotFound) as found:
            selection.one(Root(root), selector, Paper())
        assert str(found.value).endswith(f" That run lies in another root: --root '{other}'")
    trashed = make_run(root)
    Root(root).remove(trashed)
    with pytest.raises(ExparseError, match="exparse restore 2"):
        selection.one(Root(root), f"{root}/trash/{trashed.name}", Paper())


def test_a_query_picks_runs_and_one_that_nothing_answers_to_is_told(root: Path) -> None:
    runs = [make_run(root, {"lr": lr}) for lr in (0.1, 0.01)]
    to = Paper()
    assert selection.picked(Root(root), ["lr < 0.05"], to) == ([runs[1]], True)
    assert selection.picked(Root(root), ["lr > 5"], to) == ([], False)
    assert "none of 2 runs" in to.noted
    with pytest.raises(RunNotFound):
        selection.one(Root(root), "lr > 5", to)


def test_a_field_that_only_other_runs_have_leaves_none_of_those_that_are_named(root: Path) -> None:
    make_run(root, {"lr": 0.1})
    make_run(root, {"epochs": 3})
    asked = selection.Wanted(("2",), (language.parse("lr < 1"),))
    assert selection.found(Root(root), asked, Paper()) == ([], True)
    with pytest.raises(InvalidQuery):
        selection.found(Root(root), asked._replace(where=(language.parse("lrr < 1"),)), Paper())


def test_filters_look_into_runs_and_names_and_marks_into_tmp_too(root: Path) -> None:
    make_run(root, {"lr": 0.1})
    make_run(root, {"lr": 0.1}, tmp=True, marks=["good"])
    to = Paper()
    assert [row.id for row in selection.found(Root(root), selection.Wanted(), to).rows] == [1]
    assert [row.id for row in selection.found(Root(root), selection.Wanted(marks=("good",)), to).rows] == [2]
    assert [row.id for row in selection.found(Root(root), selection.Wanted(("1:2",)), to).rows] == [1, 2]
    assert selection.places(selection.Wanted(), tmp=True) == ("tmp",)


def test_the_second_best_is_picked_as_the_best_is(root: Path) -> None:
    for acc in (0.5, 0.9, 0.7):
        (make_run(root).path / "summary.json").write_text(f'{{"acc": {acc}}}')
    picked = [selection.one(Root(root), f"best:{asked}", Paper()).id for asked in ("acc", "acc~1", "-acc~1")]
    assert picked == [2, 3, 3]


def test_what_was_meant_by_a_pattern_is_told_where_nothing_is_like_it(root: Path) -> None:
    make_run(root, {"model": "resnet"})
    with pytest.raises(RunNotFound, match=r'for a part of them: model ~ "\*net\*"'):
        selection.one(Root(root), "model ~ net", Paper())
    assert selection.one(Root(root), "model ~ *net", Paper()).id == 1


def test_the_best_of_nothing_names_what_was_measured(root: Path) -> None:
    (make_run(root).path / "summary.json").write_text('{"accuracy": 1}')
    with pytest.raises(RunNotFound, match="accuracy"):
        selection.one(Root(root), "best:accurracy", Paper())


def test_a_mark_that_was_taken_for_a_name_is_told(root: Path) -> None:
    make_run(root, marks=["keep/best"])
    with pytest.raises(ExparseError, match="'keep' is a mark: @keep"):
        selection.one(Root(root), "keep", Paper())
    to = Paper()
    assert selection.picked(Root(root), ["keep"], to) == ([], False)
    assert "'keep' is a mark: @keep" in to.noted


@pytest.mark.parametrize("verb", ["ls", "rm", "summary", "tag word"])
def test_a_query_that_the_shell_tore_apart_is_told(root: Path, verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    make_run(root, {"model": "svm"})
    assert main(["--root", str(root), *verb.split(), "model", "=", "svm"]) == 1
    assert capsys.readouterr().err == "exparse: error: put the query in quotes: 'model = svm'\n"


def test_what_is_close_to_a_wrong_state_or_tag_is_told(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_run(root, facts={"tags": ["keep"]})
    assert main(["--root", str(root), "ls", "--state", "fail"]) == 2
    assert "no state 'fail'. Close to it: failed" in capsys.readouterr().err
    assert main(["--root", str(root), "ls", "--tag", "kep"]) == 0
    assert "no run has the tag 'kep'. Close to it: keep" in capsys.readouterr().err
