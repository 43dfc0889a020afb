"""The specification of what lies on disk, held against the readers, and against what a real run writes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from exparse import Root
from exparse.format import about, document, killed, metadata, metrics, params, status, summary, version
from exparse.format import metadata as metadata_module
from exparse.format.text import json_document
from exparse.store import expiry, files, layout, logs, views

PAGE = "docs/format.rst"
# Keys of the metadata that only some runs have.
AT_TIMES = {
    *("run_id", "scheduler", "launcher", "heartbeat"),
    *("by", "runner", "rerun_of", "tree", "rendered", "inputs", "outputs", "unlisted", "cells"),
}


def sample(blocks: Any, name: str) -> str:
    """Return the one block whose caption is this name, or ends in it."""
    (found,) = [block for block in blocks(PAGE) if block.caption and re.search(rf"(^|/){name}$", block.caption)]
    text: str = found.text
    return text


def keys_of_table(text: str) -> set[str]:
    """Return the first column of a table with the columns key, type and meaning."""
    body = text.partition("meaning\n")[2].split("\n==========")[0]
    return {line.split()[0] for line in body.splitlines()[1:] if line[:1].strip()}


@pytest.fixture
def run(script: Any, tmp_path: Path) -> Any:
    """A real run that uses what leaves traces in the files."""
    source = """
        from exparse import ExParser
        parser = ExParser()
        parser.add_argument("--name-of-things", type=complex, action="append")
        parser.add_subparsers(dest="cmd").add_parser("train")
        parser.register_setter(lambda args: setattr(args, "extra", 1))
        parser.parse_args()
    """
    assert script(source, "--name-of-things", "1j", "train").returncode == 0
    (found,) = Root(tmp_path / "exruns")
    return found


def test_every_sample_is_read_by_the_reader_of_its_file(blocks: Any) -> None:
    marker = sample(blocks, "exparse.json")
    assert version.check(version.said_in(marker), layout.MARKER)
    assert json.loads(marker) == {"format": version.FORMAT_TEXT}
    text = sample(blocks, "params.yaml")
    values = params.parse(text, "params.yaml")
    assert values["version"] == "007" and values["limit"] is None and "token" not in values
    assert {entry.name: entry.value for entry in document.load(text, "params.yaml").entries} == values
    assert params.read_header(text, "params.yaml") == {"format": version.FORMAT_TEXT, "command": ["train"]}
    assert metadata.parse(sample(blocks, "metadata.json"), "metadata.json")["id"] == 42
    assert status.parse(sample(blocks, "status.json"), "status.json").state == "failed"
    assert killed.parse(sample(blocks, "killed.txt")) == "SIGTERM"
    assert metadata.parse_facts(sample(blocks, "facts.json"), "facts.json")["packages"] == 21


def test_the_samples_of_what_a_script_adds_are_read(blocks: Any) -> None:
    rows = metrics.parse(sample(blocks, "metrics.jsonl").encode())
    assert len(rows.rows) == 3 and not rows.problems
    assert [metrics.value_of(row.get("train/acc", 0)) for row in rows.rows] == [0.25, float("-inf"), 0]
    text = sample(blocks, "summary.json")
    assert summary.parse(text, "summary.json") == {"acc": 0.91, "best": {"epoch": 12, "loss": float("inf")}}
    assert summary.document(summary.parse(text, "summary.json")) == text
    said = about.parse(sample(blocks, "about.jsonl").encode(), {"tags": ["baseline"]})
    assert (said.tags, said.description, said.damaged) == (["paper"], "the first", [])
    assert said.used == {"000041-2026-11-20-23-10-55-data": ["images.npz"]}
    assert said.captions == {"model.pt": "best"} and said.image_captions == {("val/confusion", 3): "worse"}
    assert "".join(about.line(json.loads(line)) for line in sample(blocks, "about.jsonl").splitlines()) == sample(
        blocks, "about.jsonl"
    )


def test_the_line_for_what_a_log_leaves_out_is_as_it_is_written(page: Any) -> None:
    line = logs.left_out(123456)
    assert f"   {line.decode()}" in page(PAGE)


def test_an_entry_of_a_job_is_as_exparse_writes_it(blocks: Any, tmp_path: Path) -> None:
    text = sample(blocks, r"\d*[a-f\d]*\.json")
    assert json_document(json.loads(text)) == text
    assert {"place", "name", "restarts", "time"} == set(json.loads(text))


def test_samples_are_as_exparse_writes_them(blocks: Any) -> None:
    text = sample(blocks, "metadata.json")
    assert metadata.document(metadata.parse(text, "metadata.json")) == text
    text = sample(blocks, "status.json")
    assert status.document(status.parse(text, "status.json")) == text
    values = params.parse(text := sample(blocks, "params.yaml"), "params.yaml")
    notes = dict(re.findall(r"^# (\w+): (.*[^}\n])$", text, re.MULTILINE))
    assert params.document(values, notes, {"command": ["train"]}) == text


def test_a_pointer_file_leads_where_the_link_would(blocks: Any, tmp_path: Path) -> None:
    name = "000042-2026-11-21-05-40-12-fast"
    (tmp_path / "pointer").write_text(sample(blocks, f"index/{name}.yaml"))
    assert files.points_to(str(tmp_path / "pointer")) == f"../{layout.RUNS}/{name}/{layout.PARAMS}"
    assert layout.parse_run_name(name) == (42, "fast")


def test_the_memory_of_views_is_as_exparse_writes_it(blocks: Any, page: Any, tmp_path: Path) -> None:
    text = sample(blocks, r"\.exparse-view\.json")
    folder = tmp_path / layout.VIEWS
    folder.mkdir()
    (folder / views.MEMORY).write_text(text)
    found, way = views.remembered(str(folder))
    assert [(view.pattern, view.filters) for view in found] == [("by/model/{model}/{run}", {})] and way == ".."
    views.remember(str(tmp_path), str(folder), found)
    assert (folder / views.MEMORY).read_text() == text
    assert f"{layout.VIEWS}/{views.MEMORY}" in page(PAGE)


def test_what_a_root_may_say_of_its_tmp_runs_is_told(page: Any, tmp_path: Path) -> None:
    assert f"``{expiry.KEY}``" in page(PAGE) and expiry.tmp_days(str(tmp_path)) == expiry.DAYS
    (tmp_path / layout.MARKER).write_text(json.dumps({"format": version.FORMAT_TEXT, expiry.KEY: 3}))
    assert expiry.tmp_days(str(tmp_path)) == 3
    assert f"; {expiry.DAYS:.0f} where it says nothing" in page(PAGE)


def test_a_note_of_the_trash_is_as_exparse_writes_it(blocks: Any, run: Any) -> None:
    root = Root(run.root)
    root.mark("good", run)
    root.mark("paper/table1", run)
    root.remove(run)
    assert Path(f"{run.root}/trash/{run.name}.json").read_text() == sample(blocks, r"000042[-\w]*\.json")


def test_the_keys_of_the_page_are_those_of_a_real_run(run: Any, page: Any, blocks: Any) -> None:
    written = json.loads((run / "metadata.json").read_text())
    told = keys_of_table(metadata_module.__doc__ or "")
    assert set(written) - {"format"} == told - AT_TIMES
    assert set(json.loads(sample(blocks, "metadata.json"))) == set(written) | AT_TIMES
    text = page(PAGE)
    ended = json.loads((run / "status.json").read_text())
    assert keys_of_table(text.partition("status.json\n-----------")[2]) == {*ended, "remarks", "process", "attempts"}
    header = params.read_header((run / "params.yaml").read_text(), "params.yaml")
    assert header and set(header) <= keys_of_table(text.partition("The first line is a comment")[2])
    assert {"format", "command", "extra"} <= set(header)


def test_every_name_in_a_root_is_on_the_page(run: Any, page: Any) -> None:
    text = page(PAGE)
    known = {name for name in vars(layout) if name.isupper() and isinstance(getattr(layout, name), str)}
    named = {getattr(layout, name) for name in known} | {*layout.LOGS, *layout.OWN}
    assert [name for name in sorted(named) if name not in text] == []
    assert {path.name for path in Path(run.root).iterdir()} <= layout.OWN
    assert {path.name for path in run.path.iterdir()} <= named


def test_the_keys_of_git_are_on_the_page(page: Any, blocks: Any) -> None:
    from exparse.code import git

    found = git.look(str(Path(__file__).parent), None, []).facts
    assert found is None or set(found) == set(json.loads(sample(blocks, "metadata.json"))["git"])
    told = keys_of_table(page(PAGE).partition("``git`` is null where")[2])
    assert told == set(json.loads(sample(blocks, "metadata.json"))["git"])


def test_the_page_says_the_version_and_the_slot_of_the_second_signal(page: Any) -> None:
    text = page(PAGE)
    assert f"**{version.FORMAT_TEXT}**" in text
    assert f"{killed.SLOT:,} bytes" in text and f"{killed.CRASHED:,} bytes" in text
