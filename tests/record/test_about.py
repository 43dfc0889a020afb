"""Tags, description and notes: by the script and by the command, at the same time, and nothing is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from making import make_run

from exparse.errors import ExparseError, InvalidName
from exparse.record import about
from exparse.record.live import LiveRun, UnrecordedRun
from exparse.store.run import Run


@pytest.fixture
def run(root: Path) -> LiveRun:
    made = make_run(root, {"lr": 0.1}, state="running")
    return LiveRun(made.root, made.name, made.place)


def test_tags_are_put_on_and_taken_off(run: LiveRun) -> None:
    run.tag("baseline", "v1.2")
    run.tag("baseline")
    run.untag("v1.2", "never")
    assert run.tags == ["baseline"] == Run(run.root, run.name).tags
    assert (run.path / "about.jsonl").read_text().count("\n") == 3


@pytest.mark.parametrize("tag", ["Bad Tag", "", "a/b", "../x", "-x", "a\n", "ä", "x" * 101, 5, None])
def test_a_bad_tag_is_a_value_error_and_none_of_them_is_put_on(run: LiveRun, tag: object) -> None:
    for act in (run.tag, run.untag):
        with pytest.raises(InvalidName) as told:
            act("good", tag)  # type: ignore[arg-type]
        assert isinstance(told.value, ValueError)
    assert run.tags == [] and not (run.path / "about.jsonl").exists()


def test_a_tag_that_the_start_gave_is_taken_off_and_put_on_again(root: Path) -> None:
    run = make_run(root, facts={"tags": ["first"]})
    assert not about.tag(run, "first")
    assert about.untag(run, "first") and run.tags == []
    assert not about.untag(run, "first")
    assert about.tag(run, "first") and run.tags == ["first"]


def test_the_description_is_set_and_taken_away(run: LiveRun) -> None:
    assert run.description is None
    run.description = "all data,\ntwice as wide"
    assert run.description == "all data,\ntwice as wide" == Run(run.root, run.name).description
    run.description = None
    assert run.description is None


def test_notes_are_paragraphs_with_their_time_in_order(run: LiveRun) -> None:
    run.note("tried the *big* one")
    run.note("  größer\n\nand two paragraphs ")
    text = run.notes
    assert text.index("tried the *big* one\n\n**2") < text.index("größer\n\nand two paragraphs\n\n")
    (run.path / "notes.md").write_text("by hand, without an end of line")
    run.note("after it")
    assert run.notes.startswith("by hand, without an end of line\n**")


@pytest.mark.parametrize("act", [lambda run, text: run.note(text), lambda run, text: setattr(run, "description", text)])
def test_texts_have_a_limit_that_is_told(run: LiveRun, act: object) -> None:
    act(run, "ö" * 5000)  # type: ignore[operator]
    with pytest.raises(ExparseError, match=r"10,002 bytes.*10,000"):
        act(run, "ö" * 5001)  # type: ignore[operator]
    with pytest.raises(TypeError, match="text"):
        act(run, 5)  # type: ignore[operator]


def test_what_the_command_says_meanwhile_is_not_lost(run: LiveRun) -> None:
    code = (
        "import sys\nfrom exparse.record import about\nfrom exparse.store.run import Run\n"
        "run = Run(*sys.argv[1:3])\n"
        "for n in range(60): about.tag(run, f'{sys.argv[3]}{n}'); about.note(run, f'note {sys.argv[3]}{n}.')\n"
    )
    others = [subprocess.Popen([sys.executable, "-c", code, run.root, run.name, who]) for who in "ab"]
    for number in range(60):
        run.tag(f"c{number}")
        run.note(f"note c{number}.")
    assert [other.wait() for other in others] == [0, 0]
    assert sorted(run.tags) == sorted(f"{who}{number}" for who in "abc" for number in range(60))
    assert all(f"\nnote {who}{number}.\n" in run.notes for who in "abc" for number in range(60))


def test_a_torn_line_costs_nothing_that_is_said_later(run: LiveRun) -> None:
    (run.path / "about.jsonl").write_text('{"tag": "first"}\n{"tag": "to')
    run.tag("second")
    assert run.tags == ["first", "second"]


def test_runs_that_are_over_may_be_spoken_of_and_failures_are_told(root: Path) -> None:
    run = make_run(root)
    about.note(run, "seen later")
    about.describe(run.folder, "by its folder")
    assert "seen later" in run.notes and run.description == "by its folder"
    shutil.rmtree(run.folder)
    for act in (lambda: about.note(run, "x"), lambda: about.describe(run, "x")):
        with pytest.raises(FileNotFoundError):
            act()
    assert not os.path.exists(run.folder)


def test_a_link_in_the_place_of_the_notes_is_not_followed(run: LiveRun, tmp_path: Path, capsys: object) -> None:
    (tmp_path / "outside").write_text("")
    for name in ("notes.md", "about.jsonl", "metrics.jsonl"):
        (run.path / name).symlink_to(tmp_path / "outside")
    run.note("x")
    run.tag("x")
    run.log(x=1)
    assert (tmp_path / "outside").read_text() == ""


def test_a_deleted_run_is_one_warning_for_each_kind_of_words(run: LiveRun, capsys: pytest.CaptureFixture[str]) -> None:
    run.params, run.metadata  # noqa: B018  # read before it goes, as a recorder knows them
    shutil.rmtree(run.path)
    for _ in range(2):
        run.tag("a", "b")
        run.note("x")
        run.description = "y"
    assert not run.path.exists()
    assert capsys.readouterr().err.count("exparse: warning: ") == 1


def test_where_nothing_is_recorded_words_are_kept_as_long_as_the_process(tmp_path: Path) -> None:
    run = UnrecordedRun("a test")
    run.tag("a")
    run.note("b")
    run.description = "c"
    assert (run.tags, run.description) == (["a"], "c") and "b" in run.notes
    shutil.rmtree(run.folder)


def test_what_is_said_of_a_run_shows_in_the_time_of_its_folder(root: Path) -> None:
    run = make_run(root)
    os.utime(run.folder, (1, 1))
    about.tag(run, "small")
    assert os.stat(run.folder).st_mtime > 1


def test_a_folder_whose_time_cannot_be_set_takes_words_all_the_same(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(root)

    def refuse(*args: object, **more: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "utime", refuse)
    assert about.tag(run, "small") and run.tags == ["small"]
