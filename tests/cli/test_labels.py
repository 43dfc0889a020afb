"""``exparse tag``, ``note`` and ``describe``: what is said of runs after they were made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from making import Paper, make_run

from exparse.cli import describe, note
from exparse.cli.mark import mark
from exparse.cli.selection import Wanted
from exparse.cli.tag import tag
from exparse.errors import ExparseError, InvalidName
from exparse.query.index import Index
from exparse.store.root import Root


def tagged(root: Path, word: str, *selectors: str, remove: bool = False, code: int = 0) -> Paper:
    to = Paper()
    assert tag(Root(root), word, Wanted(selectors), remove, to) == code
    return to


def test_runs_are_tagged_and_those_that_were_are_told_apart(root: Path) -> None:
    make_run(root, facts={"tags": ["small"]})
    make_run(root)
    assert tagged(root, "small", "1:2").said == "tagged small: 2\ntagged small before: 1\n"
    assert tagged(root, "new", "2").said == "tagged new: 2\n"
    assert Index(root).info().tags.tolist() == [["small"], ["small", "new"]]


def test_a_tag_is_taken_off_also_one_that_was_there_from_the_start(root: Path) -> None:
    make_run(root, facts={"tags": ["small"]})
    make_run(root)
    to = tagged(root, "small", "1:2", remove=True)
    assert to.said == "no longer tagged small: 1\nnot tagged small before: 2\n"
    assert Index(root).info().tags.tolist() == [[], []]


def test_an_unknown_run_is_a_warning_and_the_others_are_tagged(root: Path) -> None:
    make_run(root)
    to = tagged(root, "small", "1", "7", code=1)
    assert to.said == "tagged small: 1\n"
    assert "no run matches '7'" in to.noted


@pytest.mark.parametrize("word", ["Bad Tag", "", "../x", "a/b", "\x1b[2J", "a" * 101, "7"])
def test_what_is_no_tag_is_refused_before_anything_is_done(root: Path, word: str) -> None:
    run = make_run(root)
    with pytest.raises(InvalidName):
        tagged(root, word, "1")
    assert not (run.path / "about.jsonl").exists()


def test_a_number_in_the_place_of_the_tag_says_which_comes_first(root: Path, exparse: Any) -> None:
    make_run(root)
    answer = exparse("tag", "1", "small")
    assert answer.returncode == 1
    assert "the tag comes first, then the runs" in answer.stderr


def test_notes_are_appended_and_read_back(root: Path, exparse: Any) -> None:
    make_run(root)
    make_run(root, label="big")
    assert exparse("note", "1", "tried", "the big one").stdout == "noted: 1\n"
    assert exparse("note", "1:2", "again").stdout == "noted: 1 and 2\n"
    lines = exparse("note", "1").stdout.splitlines()
    assert [line for line in lines if line and not line.startswith("**2")] == ["tried the big one", "again"]
    several = exparse("note", "1:2").stdout
    assert several.startswith("==> run 1 <==\n") and "==> run 2  big <==\n" in several


def test_a_run_without_notes_says_so(root: Path, exparse: Any) -> None:
    make_run(root)
    answer = exparse("note", "1")
    assert (answer.stdout, answer.stderr, answer.returncode) == ("", "run 1 has no notes\n", 0)
    assert exparse("describe", "1").stderr == "run 1 has no description\n"


def test_a_note_of_many_lines_and_letters_is_kept_as_it_is(root: Path) -> None:
    run = make_run(root)
    text = "# größe\n\n- a\n- b 日本\n```\nx\t= 1\n```"
    assert note.note(Root(root), "1", text, Paper()) == 0
    assert text in (run.path / "notes.md").read_text(encoding="utf-8")
    to = Paper()
    assert note.show(Root(root), "1", to) == 0
    assert to.said.endswith(f"{text}\n")


def test_escapes_in_notes_and_descriptions_are_shown_as_text(root: Path) -> None:
    run = make_run(root, facts={"description": "\x1b[2Jgone\u202e"})
    (run.path / "notes.md").write_bytes(b"\x1b]0;pwn\x07 \xff\n")
    shown = []
    for verb in (note, describe):
        to = Paper()
        verb.show(Root(root), "1", to)
        shown.append(to.said)
    assert "\\x1b]0;pwn\\x07" in shown[0]
    assert shown[1] == "\\x1b[2Jgone\\u202e\n"


def test_a_note_that_is_too_long_is_refused(root: Path) -> None:
    run = make_run(root)
    with pytest.raises(ExparseError, match="10,000 is the most"):
        note.note(Root(root), "1", "x" * 10_001, Paper())
    assert not (run.path / "notes.md").exists()


def test_a_description_takes_the_place_of_the_one_before(root: Path, exparse: Any) -> None:
    make_run(root, facts={"description": "the first"})
    assert exparse("describe", "1").stdout == "the first\n"
    assert exparse("describe", "1", "the", "second").stdout == "described: 1\n"
    assert exparse("describe", "last").stdout == "the second\n"
    assert exparse("describe", "1", "").stdout == "no longer described: 1\n"
    assert exparse("describe", "1").stdout == ""


@pytest.mark.parametrize("verb", [["tag", "small", "9"], ["note", "9", "x"], ["describe", "9", "x"], ["note", "9"]])
def test_where_no_run_is_meant_the_exit_code_is_1(root: Path, verb: list[str], exparse: Any) -> None:
    make_run(root)
    answer = exparse(*verb)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "no run matches '9'" in answer.stderr


@pytest.mark.parametrize("verb", [["tag", "small", "1"], ["note", "1", "x"], ["describe", "1", "x"]])
@pytest.mark.parametrize("kind", ["folder", "link"])
def test_what_cannot_be_written_is_one_line_and_no_link_is_followed(
    root: Path, tmp_path: Path, verb: list[str], kind: str, exparse: Any
) -> None:
    run, elsewhere = make_run(root), tmp_path / "elsewhere"
    elsewhere.write_text("mine\n")
    for name in ("about.jsonl", "notes.md"):
        (run.path / name).mkdir() if kind == "folder" else (run.path / name).symlink_to(elsewhere)
    answer = exparse(*verb)
    assert (answer.returncode, answer.stdout, answer.stderr.count("\n")) == (1, "", 1)
    assert elsewhere.read_text() == "mine\n"


def test_runs_in_the_place_of_the_tag_or_the_mark_are_told_to_come_last(root: Path) -> None:
    make_run(root, marks=["good"])
    with pytest.raises(InvalidName, match="the tag comes first, then the runs"):
        tag(Root(root), "@good", Wanted(("keep",)), False, Paper())
    with pytest.raises(InvalidName, match="the mark comes first, then the runs"):
        mark(Root(root), "@good", Wanted(("keep",)), Paper())


def test_that_none_of_several_runs_is_described_is_said(root: Path) -> None:
    for _ in range(2):
        make_run(root)
    to = Paper()
    assert describe.show(Root(root), "1:2", to) == 0
    assert to.noted == "these 2 runs have no description\n"
    describe.describe(Root(root), "2", "better", Paper())
    to = Paper()
    assert describe.show(Root(root), "1:2", to) == 0
    assert to.said == "==> run 2 <==\nbetter\n" and to.noted == ""
