"""Whatever the files of a run hold, every reading verb goes through and shows nothing that a terminal obeys."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import Paper, make_run

from exparse.cli import code, describe, note
from exparse.cli.formats import TEXTS
from exparse.cli.log import log
from exparse.cli.ls import Asked, ls
from exparse.cli.show import show
from exparse.cli.summary import summary
from exparse.errors import ExparseError
from exparse.format import metadata, status
from exparse.query.index import Index
from exparse.store.root import Root

pytestmark = pytest.mark.slow

KEYS = {
    "params.yaml": ["lr", "model", "id", "\x1b[2J"],
    "metadata.json": (
        "id name label started argv given config script cwd host user python process typed cores memory gpus git "
        "scheduler launcher environment defaults sources packages tags description parents capture"
    ).split(),
    "status.json": "state started ended seconds exit_code signal error remarks attempts process".split(),
    "facts.json": ["git", "packages", "gpus", "\x1b[2J"],
    "about.jsonl": "time tag untag description parent file caption image step".split(),
    "metrics.jsonl": ["step", "time", "loss", "\x1b[2J"],
    "metrics.1.jsonl": ["step", "loss"],
    "summary.json": ["acc", "lr", "\x1b[2J"],
    "stdout.log": ["a"],
    "notes.md": ["a"],
    "code.patch": ["a"],
}
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["running", "failed"])
)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)


def texts(file: str) -> st.SearchStrategy[bytes]:
    """Return contents for a file: bytes, JSON, and nearly what is expected there."""
    near = st.dictionaries(st.sampled_from(KEYS[file]), values).map(lambda fields: {"format": "1.0", "id": 1, **fields})
    documents = (near | values).map(lambda value: f"{json.dumps(value)}\n".encode())
    return (
        st.binary(max_size=200)
        | documents
        | st.lists(documents, max_size=4).map(b"".join)
        | st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace"))
    )


@pytest.mark.parametrize("file", KEYS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_no_content_stops_a_reading_verb(file: str, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Root(Path(folder) / "exruns")
        broken = make_run(root.path, {"lr": 0.5})
        make_run(root.path, {"lr": 0.6})
        (broken.path / file).write_bytes(data.draw(texts(file)))
        for form in TEXTS:
            to = Paper()
            columns = ["params.*", "tags", "description", "commit"] if form in ("plain", "csv") else None
            assert ls(root, Asked(columns=columns, sort=["lr"] if form == "plain" else [], form=form), to) == 0
            check(to, 2, form)
        for verb in (show, summary):
            for form in ("text", "json"):
                to = Paper()
                assert verb(root, ["1:2"], form, to) == 0
                check(to, None, form)
        for verb in (note.show, describe.show, all_logs, code_of):
            to = Paper()
            assert verb(root, "1", to) == 0 or file == "metadata.json"
            check(to, None, "lines")
        assert Index(root).info().id.tolist() == [1, 2]
        assert "2 runs" in Index(root)._repr_html_()


def all_logs(root: Root, selector: str, to: Paper) -> int:
    """Print all logs of a run."""
    return log(root, selector, "all", None, 3, False, False, to)


def code_of(root: Root, selector: str, to: Paper) -> int:
    """Print which code a run was; return 1 for an error."""
    try:
        return code.code(root, selector, to)
    except ExparseError:
        return 1


def check(to: Paper, rows: int | None, form: str) -> None:
    passed = "\n\t\u200c\u200d" if form == "lines" else "\n\u200c\u200d"
    assert all(char.isprintable() or char in passed for char in to.said + to.noted)
    if form == "json":
        found: Any = json.loads(to.said)
        assert rows is None or len(found) == rows


@pytest.mark.parametrize("kind", [metadata, status])
def test_the_documents_that_the_fuzz_starts_from_are_readable(kind: Any, root: Path) -> None:
    run = make_run(root)
    name = f"{kind.__name__.rpartition('.')[2]}.json"
    assert kind.parse((run.path / name).read_text(), name)
