"""Files that other hands, full disks and attackers leave: damaged or fine, never another exception."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import making
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exparse.errors import DamagedFile, ExparseError
from exparse.format import document, metadata, params, status
from exparse.format.params import MAX_BYTES, MAX_NODES
from exparse.format.status import Status
from exparse.store.root import Root

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(8)
)
DAMAGED: dict[str, bytes] = {
    "empty": b"",
    "blanks": b"\n\n  \n",
    "comments only": b"# nothing\n",
    "truncated": b"a: [1, 2",
    "truncated text": b'a: "no end\n',
    "a list": b"- a\n- b\n",
    "a scalar": b"just text\n",
    "a number": b"42\n",
    "NUL": b"a: 1\0\n",
    "all NUL": b"\0" * 4096,
    "UTF-16": "a: 1\n".encode("utf-16"),
    "Latin-1": "a: é\n".encode("latin-1"),
    "tabs": b"a:\n\t- 1\n",
    "a key twice": b"a: 1\na: 2\n",
    "a key twice below": b"a: {b: 1, b: 2}\n",
    "two documents": b"a: 1\n---\nb: 2\n",
    "64 MB": b"a: " + b"x" * 64_000_001 + b"\n",
    "2 MB": b"a: " + b"x" * 2_000_000 + b"\n",
    "many values": b"a: [" + b"1," * 20_000 + b"]\n",
    "deep brackets": b"a: " + b"[" * 200_000,
    "deep and closed": b"a: " + b"[" * 500 + b"]" * 500,
    "deep braces": b"a: " + b"{a: " * 5_000,
    "deep blocks": b"".join(b" " * n + b"a:\n" for n in range(300)),
    "aliases": b"a: &a 1\nb: *a\n",
    "laughs": BOMB.encode(),
    "holds itself": b"a: &a [*a]\n",
    "python object": b"a: !!python/object/apply:os.system ['touch owned']\n",
    "python name": b"a: !!python/name:os.system\n",
    "python tuple": b"a: !!python/tuple [1, 2]\n",
    "strange tag": b"a: !mine 1\n",
    "tag that does not fit": b"a: !!int x\n",
    "date that does not fit": b"a: !!timestamp x\n",
    "float that does not fit": b"a: !!float x\n",
    "huge integer": b"a: " + b"9" * 5000 + b"\n",
    "huge sexagesimal": b"a: " + b"9:" * 3000 + b"9\n",
    "slow sexagesimal": b"a: " + b"9:" * 300_000 + b"9\n",
    "slow sexagesimal float": b"a: " + b"9:" * 300_000 + b"9.5\n",
    "huge hexadecimal": b"a: 0x" + b"f" * 4200 + b"\n",
    "a list as key": b"[a]: 1\n",
    "a mapping as key": b"{a: 1}: 1\n",
    "unhashable below": b"a: {[1]: 2}\n",
    "conflict": b"a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> x\n",
    "JSON lines": b'{"a": 1}\n{"a": 2}\n',
    "binary": bytes(range(256)),
    "foreign major": b'# exparse: {"format": "2.0"}\na: 1\n',
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_file_hides_no_other_run_and_says_what_is_wrong(root: Path, kind: str) -> None:
    good, bad = making.make_run(root, {"a": 1}), making.make_run(root, {"a": 2})
    (bad.path / "params.yaml").write_bytes(DAMAGED[kind])
    states = {run.id: run.state for run in Root(root)}
    assert states == {good.id: "finished", bad.id: "damaged"}
    problem = Root(root)[bad.id].problem
    assert problem and "params.yaml" in problem and "\n" not in problem and len(problem) < 600
    Root(root).remove(bad)
    assert [run.state for run in Root(root)] == ["finished"] and not Path("owned").exists()


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_file_is_refused_as_a_whole(kind: str) -> None:
    try:
        text = DAMAGED[kind].decode()
    except UnicodeDecodeError:
        return
    for parse in (params.parse, document.load):
        header = f'# exparse: {{"format": "1.0"}}\n{text}' if kind != "foreign major" else text
        for written in (text, header):
            if parse is document.load and not text.replace("# nothing", "").strip():
                assert document.load(written, "p").entries == []
                continue
            with pytest.raises(ExparseError):
                parse(written, "p")


KINDS = ["params.yaml", "metadata.json", "status.json"]


@pytest.mark.parametrize("file", KINDS)
@pytest.mark.parametrize("what", ["missing", "folder", "link", "dangling", "loop", "fifo", "device", "unreadable"])
def test_a_file_that_is_no_plain_file_is_damage(root: Path, file: str, what: str, tmp_path: Path) -> None:
    run = making.make_run(root, {"a": 1})
    path = run.path / file
    content = path.read_text()
    path.unlink()
    if what == "folder":
        path.mkdir()
    elif what == "link":
        (tmp_path / "outside").write_text(content)
        path.symlink_to(tmp_path / "outside")
    elif what == "dangling":
        path.symlink_to("nowhere")
    elif what == "loop":
        path.symlink_to(path)
    elif what == "fifo":
        os.mkfifo(path)
    elif what == "device":
        path.symlink_to("/dev/zero")
    elif what == "unreadable":
        path.write_bytes(b"\xff\xfe\0")
    (read,) = Root(root).runs()
    assert read.state == "damaged" and file in (read.problem or "")


STATUS = status.document(
    Status("failed", "2026", "2027", 1.5, 3, {"type": "E", "message": "é\n", "traceback": ""}, None, {"new": [1]})
)
METADATA = metadata.document({"id": 3, "name": "n", "argv": ["a", "é"], "process": {"pid": 1}})


@pytest.mark.parametrize(
    ("parse", "text"), [(status.parse, STATUS), (metadata.parse, METADATA)], ids=["status", "metadata"]
)
def test_every_beginning_of_a_json_file_is_damage_or_fine(parse: Any, text: str) -> None:
    whole = parse(text, "p")
    for length in range(len(text)):
        try:
            assert parse(text[:length], "p") == whole
        except DamagedFile as problem:
            assert str(problem).startswith("p: ")
        for hurt in (
            text[:length] + "\0" + text[length:],
            text[:length] + text[length + 1 :],
            text[:length] + '"' + text[length:],
        ):
            try:
                parse(hurt, "p")
            except ExparseError as problem:
                assert "\n" not in str(problem)


def test_every_beginning_of_a_params_file_is_damage_or_fine() -> None:
    text = params.document(
        {"a": 1, "b": "x y", "c": [1, {"d": "é"}], "e": 1.5, "long name": "z"}, {"f": "no"}, {"command": ["x"]}
    )
    for length in range(len(text)):
        for hurt in (text[:length], text[:length] + "\0" + text[length:], text[:length] + text[length + 1 :]):
            for parse in (params.parse, document.load):
                try:
                    parse(hurt, "p")
                except ExparseError as problem:
                    assert "\n" not in str(problem)


@given(st.text())
def test_any_text_is_read_or_refused_by_name(text: str) -> None:
    for parse in (params.parse, metadata.parse, status.parse, document.load):
        for written in (text, f"# exparse: {text}", f'# exparse: {{"format": "1.0"}}\n{text}', f"a: {text}\n"):
            try:
                parse(written, "p")
            except ExparseError as problem:
                assert str(problem).startswith("p")


trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(10**30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
FIELDS = [
    "state",
    "started",
    "ended",
    "seconds",
    "exit_code",
    "signal",
    "error",
    "id",
    "process",
    "name",
    "uuid",
    "format",
]
PROCESS = st.fixed_dictionaries(
    {},
    optional={
        key: st.none() | st.integers() | st.text(max_size=3) | st.just(10**40)
        for key in ("pid", "start", "boot", "host", "namespace")
    },
)


@given(st.dictionaries(st.sampled_from(FIELDS), trees), st.none() | PROCESS, st.booleans())
def test_any_json_of_a_run_is_read_or_refused_by_name(fields: dict[str, Any], process: Any, here: bool) -> None:
    from exparse.store import liveness

    text = json.dumps({"format": "1.0", "id": 1, "state": "running", **fields})
    for parse in (status.parse, metadata.parse):
        try:
            parse(text, "p")
        except ExparseError as problem:
            assert "\n" not in str(problem)
    whose = {**liveness.this_machine(), **(process or {})} if here else process
    assert liveness.is_dead(whose) in (True, False, None)


@pytest.mark.parametrize(
    "header",
    [
        '{"format": "1.0", "command": 1}',
        '{"format": "1.0", "command": [1]}',
        '{"format": "1.0", "calls": []}',
        '{"format": "1.0", "calls": {"a": 1}}',
        '{"format": "1.0", "calls": {"a": {"calls": [1]}}}',
        '{"format": "1.0", "calls": {"a": {"calls": [[[], []]]}}}',
        '{"format": "1.0", "calls": {"a": {"calls": [["--a", [1]]]}}}',
        '{"format": "1.0", "effects": {"a": {"calls": [["--a", [1]]]}}}',
        '{"format": "1.0", "extra": 3}',
    ],
)
def test_a_first_line_that_was_tampered_with_is_damage(header: str) -> None:
    with pytest.raises(DamagedFile, match="p, line 1"):
        document.load(f"# exparse: {header}\na: 1\n", "p")


@pytest.mark.parametrize("header", ["", "x", "[]", "[" * 100_000, "{}", "1", "9" * 5000, '{"a": 1}', "null"])
def test_a_comment_that_only_looks_like_the_first_line_is_a_comment(header: str) -> None:
    read = document.load(f"# exparse: {header}\na: 1\n", "p")
    assert read.header is None and [entry.name for entry in read.entries] == ["a"]


def test_limits_are_reached_and_not_passed() -> None:
    most = "a: [" + "1," * (MAX_NODES - 3) + "]\n"
    assert len(document.load(most, "p").entries[0].value) == MAX_NODES - 3
    with pytest.raises(DamagedFile, match="10,000"):
        document.load("a: [" + "1," * (MAX_NODES - 2) + "]\n", "p")
    document.load("a: " + "x" * (MAX_BYTES - 4) + "\n", "p")
    with pytest.raises(DamagedFile, match="1,000,000"):
        document.load("a: " + "x" * (MAX_BYTES - 3) + "\n", "p")
    with pytest.raises(DamagedFile, match="1,000,000"):
        document.load("a: " + "é" * (MAX_BYTES // 2) + "\n", "p")
    assert document.load("a: " + "[" * 63 + "]" * 63, "p").entries
    with pytest.raises(DamagedFile, match="deeper than 64"):
        document.load("a: " + "[" * 64 + "]" * 64, "p")


def test_an_error_names_the_line() -> None:
    for text, line in (
        ("a: 1\nb: [1\n", 3),
        ("a: 1\na: 2\n", 2),
        ("a: 1\n\nb: *x\n", 3),
        ("a: 1\nb: !!python/name:os.system\n", 2),
    ):
        with pytest.raises(DamagedFile) as refused:
            document.load(text, "p")
        assert refused.value.line == line and str(refused.value).startswith(f"p, line {line}: ")
