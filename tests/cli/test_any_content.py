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

from exparse.cli.ls import FORMATS, ls
from exparse.cli.show import show
from exparse.cli.summary import summary
from exparse.format import metadata, status
from exparse.query.index import Index
from exparse.store.root import Root

KEYS = {
    "params.yaml": ["lr", "model", "id", "\x1b[2J"],
    "metadata.json": "id name label started argv given config script cwd host user python process".split(),
    "status.json": ["state", "started", "ended", "seconds", "exit_code", "signal", "error"],
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
    documents = (near | values).map(lambda value: json.dumps(value).encode())
    return st.binary(max_size=200) | documents | st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace"))


@pytest.mark.parametrize("file", KEYS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_content_stops_a_reading_verb(file: str, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Root(Path(folder) / "exruns")
        broken = make_run(root.path, {"lr": 0.5})
        make_run(root.path, {"lr": 0.6})
        (broken.path / file).write_bytes(data.draw(texts(file)))
        for form in FORMATS:
            to = Paper()
            assert ls(root, [], [], False, None, ["lr"] if form == "plain" else None, 20, form, to) == 0
            check(to, 2, form)
        for verb in (show, summary):
            for form in ("text", "json"):
                to = Paper()
                assert verb(root, ["1:2"], form, to) == 0
                check(to, None, form)
        assert Index(root).info().id.tolist() == [1, 2]
        assert "2 runs" in Index(root)._repr_html_()


def check(to: Paper, rows: int | None, form: str) -> None:
    assert all(char.isprintable() or char in "\n\u200c\u200d" for char in to.said + to.noted)
    if form == "json":
        found: Any = json.loads(to.said)
        assert rows is None or len(found) == rows


@pytest.mark.parametrize("kind", [metadata, status])
def test_the_documents_that_the_fuzz_starts_from_are_readable(kind: Any, root: Path) -> None:
    run = make_run(root)
    name = f"{kind.__name__.rpartition('.')[2]}.json"
    assert kind.parse((run.path / name).read_text(), name)
