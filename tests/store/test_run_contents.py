"""What a run holds beside its params and its state, read back from files that anybody may have damaged."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from making import make_run

from exparse.errors import DamagedFile, InvalidName
from exparse.format import metadata
from exparse.store.run import Run


@pytest.fixture
def run(root: Path) -> Run:
    return make_run(root, {"lr": 0.1})


def write(run: Run, name: str, text: str | bytes = "x") -> Path:
    path = run.path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_run_without_anything_is_empty_and_whole(run: Run) -> None:
    assert (run.summary(), run.tags, run.description, run.parents) == ({}, [], None, [])
    assert (run.notes, run.files, run.images, run.output(), run.output("stderr")) == ("", {}, {}, b"", b"")
    assert run.problem is None


def test_files_are_told_with_their_sizes_and_levels(run: Run) -> None:
    write(run, "files/model.pt", b"12345")
    write(run, "files/a/b/c.csv", "1")
    write(run, "files/.model.pt.123.abcd", "a draft")
    assert run.files == {"a/b/c.csv": 1, "model.pt": 5}
    assert list(run.files) == ["a/b/c.csv", "model.pt"]


def test_images_are_told_with_their_steps_in_order(run: Run) -> None:
    for name in ("loss/10", "loss/9", "val/deep/confusion/0", "loss/.3.png.1.ab", "loss/notes"):
        write(run, f"images/{name}.png")
    write(run, "images/loss/4.txt")
    write(run, "images/5.png")
    assert run.images == {"loss": [9, 10], "val/deep/confusion": [0]}


def test_links_are_never_followed(run: Run, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "sub").mkdir(parents=True)
    (outside / "sub" / "1.png").write_text("secret")
    (run.path / "files").symlink_to(outside)
    (run.path / "images").mkdir()
    (run.path / "images" / "shown").symlink_to(outside / "sub")
    assert run.files == {} and run.images == {}
    for name in ("summary.json", "notes.md", "about.jsonl", "stdout.log"):
        (run.path / name).symlink_to(outside / "sub" / "1.png")
    for read in (run.summary, run.output, lambda: run.notes, lambda: run.tags):
        with pytest.raises(DamagedFile):
            read()


def test_a_link_to_its_own_folder_does_not_lead_round(run: Run) -> None:
    write(run, "files/a.txt")
    (run.path / "files" / "loop").symlink_to(".")
    assert list(run.files) == ["a.txt", "loop"]


def test_words_come_from_metadata_first_and_then_from_what_was_said(root: Path) -> None:
    run = make_run(root, facts={"tags": ["first"], "description": "at the start", "parents": ["p"]})
    assert (run.tags, run.description, run.parents) == (["first"], "at the start", ["p"])
    write(run, "about.jsonl", '{"tag": "second"}\n{"description": "later"}\nGARBAGE\n{"parent": "q"}\n{"tag": "to')
    assert (run.tags, run.description, run.parents) == (["first", "second"], "later", ["p", "q"])


def test_notes_of_any_bytes_are_text(run: Run) -> None:
    write(run, "notes.md", b"fine \xff\n")
    assert run.notes == "fine \N{REPLACEMENT CHARACTER}\n"


def test_output_is_bytes_as_they_were_kept(run: Run) -> None:
    write(run, "stdout.log", b"a\xff\x1b[31m\n")
    write(run, "stderr.3.w1.log", b"worker\n")
    assert run.output() == b"a\xff\x1b[31m\n" and run.output("stderr", part="3.w1") == b"worker\n"


def test_output_that_was_cut_is_joined_with_a_line_that_says_so(run: Run) -> None:
    write(run, "stdout.log", b"head\n" + b"overwritten")
    write(run, "stdout.log.tail-5-50", b"tail 1\n")
    write(run, "stdout.log.tail-5-57", b"tail 2\n")
    write(run, "stdout.log.tail-x-1", b"not ours")
    assert run.output() == b"head\n[exparse: 45 bytes left out here]\ntail 1\ntail 2\n"


@pytest.mark.parametrize(
    ("stream", "part"), [("../x", None), ("stdin", None), ("stdout", "../../../x"), ("stdout", "")]
)
def test_output_is_only_of_streams_and_parts(run: Run, stream: str, part: str | None) -> None:
    with pytest.raises((ValueError, InvalidName)):
        run.output(stream, part)


def test_facts_found_beside_the_start_are_in_the_metadata_at_once(run: Run) -> None:
    assert "git" not in run.metadata
    write(run, "facts.json", json.dumps({"format": "1.1", "git": {"commit": "abc"}, "host": "late", "packages": 3}))
    assert run.metadata["git"] == {"commit": "abc"} and run.metadata["packages"] == 3
    assert "format" not in run.metadata


@pytest.mark.parametrize("text", ["", "{", "[1]", "null", b"\xff", '{"a": ' * 10_000])
def test_damaged_facts_cost_nothing_else(run: Run, text: str | bytes) -> None:
    write(run, "facts.json", text)
    assert run.metadata["id"] == run.id and run.problem is None


def test_facts_are_looked_for_only_where_the_metadata_lack_them(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(root, facts={"git": None})
    write(run, "facts.json", '{"packages": 3}')
    opened: list[str] = []
    real = os.open
    monkeypatch.setattr(os, "open", lambda path, *rest: opened.append(str(path)) or real(path, *rest))
    assert "packages" not in run.metadata
    assert [Path(path).name for path in opened] == ["metadata.json"]


def test_a_run_under_way_shows_facts_when_they_arrive(root: Path) -> None:
    run = make_run(root, state="running")
    assert "git" not in run.metadata
    write(run, "facts.json", '{"git": null}')
    assert run.metadata["git"] is None
    # The recorder folds them into the metadata at the end.
    write(run, "metadata.json", metadata.document({**run.metadata}))
    (run.path / "facts.json").unlink()
    assert Run(run.root, run.name).metadata["git"] is None
