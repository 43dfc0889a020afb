"""What is written is what is read: by us, by PyYAML and by libyaml, types included."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from exparse.errors import DamagedFile, ExparseError
from exparse.format import document, killed, metadata, own_params, params, status, text, version
from exparse.format.status import Status

LOADERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if yaml.__with_libyaml__ else [])]

# Words and shapes that YAML 1.1, YAML 1.2 or JSON takes for something else than text.
TRAPS = (
    "1e3 1e-4 1.0e5 .5 5. 012 0o17 0x1F 0b1 1_000 1:30 1:30:00.5 +1 -1 no No NO yes on off y n ~ null Null true TRUE = << "
    ".inf -.INF .nan NaN inf 2026-11-21 2026-11-21T05:40:12Z - -- --- ... ? : , [ ] { } # & * ! | > % @ ` a:b a:_b a_# #a a: :a -a "
    "{a} [a] 'a' \"a\" !!python/name:os.system &a *a |- >+ %YAML_1.1 @a `a a#b a\\b \\x41 \\ud83d \\U0001F600 None nan -0 00 0.0 "
    "1.5e300 1e400 é 日本 \U0001f600 \x00 \x07 \x1b \x7f \x85 \xa0 \u2028 \u2029 \ufeff \ufffe \uffff \t \r \r\n"
).split(" ") + [
    "",
    " ",
    "  a",
    "a ",
    "\n",
    "a\nb\n",
    "a\tb",
    "a: b",
    "a #b",
    "a\n---\nb",
    "é" * 300,
    "x" * 3000,
    "a b" * 900,
]

texts = st.one_of(st.sampled_from(TRAPS), st.text(st.characters(exclude_categories=["Cs"])))
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**200), 2**200),
    st.floats(),
    st.sampled_from([1e-5, 1e16, 1e22, 5e-324, 1.7976931348623157e308, -0.0, 1e100, 123456789012345680.0]),
    texts,
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.one_of(texts, st.integers()), inner, max_size=4),
    max_leaves=12,
)


def exact(value: Any) -> Any:
    """Return a value with its types, in which nan equals nan and -0.0 differs from 0.0."""
    if type(value) is dict:
        return [("key", exact(key), exact(part)) for key, part in value.items()]
    if type(value) is list:
        return [exact(part) for part in value]
    return type(value).__name__, repr(value)


@settings(max_examples=500)
@given(st.dictionaries(texts.filter(bool), values, max_size=5))
@example({trap or "empty": trap for trap in TRAPS})
@example({"x" + trap: [trap, {trap: trap}] for trap in TRAPS if len(trap) < 900})
@example({"é" * 200: 1})
def test_params_are_read_back_equal_by_every_safe_reader(values: dict[str, Any]) -> None:
    kept = {name: value for name, value in values.items() if text.is_key(name) and text.is_plain(value)}
    written = params.document(values, {}, {"command": ["a"]})
    assert exact(params.parse(written, "p")) == exact(kept)
    for loader in LOADERS:
        loaded = yaml.load(written, Loader=loader)
        assert exact(loaded) == exact(kept), loader
    read = document.load(written, "p")
    assert exact({entry.name: entry.value for entry in read.entries}) == exact(kept)
    assert read.header == {"format": version.FORMAT_TEXT, "command": ["a"]}
    quick = own_params.read(written)
    assert quick is None or exact(quick) == exact(kept)


@given(st.text(alphabet="abn012.:-+_e[]{}\",# \n\t\\u'!&*?|>%@~éyEo", max_size=60))
def test_the_quick_reader_agrees_with_yaml_on_what_people_made_of_a_file(line: str) -> None:
    edited = f'# exparse: {{"format": "1.0"}}\n{line}\n'
    quick = own_params.read(edited)
    if quick is not None:
        try:
            slow = {entry.name: entry.value for entry in document.load(edited, "p").entries}
        except DamagedFile:
            pytest.fail(f"read although it is no YAML: {line!r} as {quick!r}")
        assert exact(quick) == exact(slow)


@given(st.dictionaries(st.text(max_size=4), values, max_size=4))
def test_machine_written_files_are_json_and_ascii(fields: dict[str, Any]) -> None:
    written = text.json_document(fields)
    assert written.isascii()

    def without_nan(value: Any) -> Any:
        if isinstance(value, float) and not math.isfinite(value):
            return None
        if isinstance(value, list):
            return [without_nan(part) for part in value]
        return {str(key): without_nan(part) for key, part in value.items()} if isinstance(value, dict) else value

    def twins(value: Any) -> bool:
        if isinstance(value, dict):
            return len({str(key) for key in value}) < len(value) or any(map(twins, value.values()))
        return isinstance(value, list) and any(map(twins, value))

    if not twins(fields):
        assert json.loads(written) == without_nan(fields)


@given(st.text())
def test_texts_that_are_no_unicode_survive_in_json(line: str) -> None:
    assert json.loads(text.json_text(line)) == line
    assert json.loads(text.json_text("\udcff" + line)) == "\udcff" + line


@given(
    st.sampled_from(status.WRITTEN_STATES),
    st.none() | st.text(),
    st.none() | st.floats(0, 1e9),
    st.none() | st.integers(-300, 300),
    st.none() | st.dictionaries(st.text(), st.text()),
    st.dictionaries(st.text(min_size=1).map("new ".__add__), st.none() | st.integers() | st.text()),
)
def test_a_status_is_read_back_with_keys_that_are_not_known(
    state: str, started: Any, seconds: Any, code: Any, error: Any, more: dict[str, Any]
) -> None:
    told = Status(state, started, started, seconds, code, error, started, more)
    again = status.parse(status.document(told), "p")
    assert again == told and status.document(again) == status.document(told)


@given(
    st.dictionaries(
        st.text(min_size=1).filter(lambda key: key not in ("id", "format")), st.none() | st.text() | st.lists(st.text())
    )
)
def test_metadata_are_read_back_with_keys_that_are_not_known(fields: dict[str, Any]) -> None:
    told = {"id": 7, **fields}
    assert metadata.parse(metadata.document(told), "p") == told


@pytest.mark.parametrize(
    "value",
    [
        (1, 2),
        {1, 2},
        b"bytes",
        1j,
        object(),
        {(1, 2): 3},
        {None: 1},
        {1.5: 1},
        {True: 1},
        "\ud800",
        ["\udcff"],
        {"\udcff": 1},
        {"k" * 1100: 1},
        10**5000,
        type("Int", (int,), {})(3),
        type("Str", (str,), {})("s"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_does_not_come_back_equal_is_not_plain(value: Any) -> None:
    assert not text.is_plain(value) and not text.is_plain([value]) and not text.is_plain({"a": value})


def test_a_value_that_shares_its_parts_or_holds_itself_is_judged_at_once() -> None:
    shared: list[Any] = []
    for _ in range(60):
        shared = [shared, shared]
    recursive: list[Any] = []
    recursive += [recursive, {"a": recursive}]
    assert not text.is_plain(shared) and not text.is_plain(recursive) and not text.is_plain({"x": [shared]})


def test_the_deepest_value_that_is_plain_is_read_back() -> None:
    deep: Any = 1
    while text.is_plain([deep]):
        deep = [deep]
    written = params.document({"x": deep}, {}, {})
    assert params.parse(written, "p") == {"x": deep} == yaml.safe_load(written)
    assert {entry.name: entry.value for entry in document.load(written, "p").entries} == {"x": deep}


def test_what_is_too_large_is_left_out_by_name_and_the_rest_is_readable() -> None:
    values = {"a": 1, "many": list(range(9_000)), "more": list(range(9_000)), "long": "é\n" * 300_000, "z": "end"}
    written = params.document(values, {"f": "a function"}, {})
    assert params.parse(written, "p") == {"a": 1, "many": values["many"], "z": "end"}
    document.check(written, "p")
    for name in ("more", "long", "f"):
        assert f"\n# {name}: " in written


@given(st.lists(st.sampled_from(["a", "b\nc: 1", "# d", "é", "\u2028x: 1", "\r\nx: 1"]), max_size=4))
def test_comments_stay_comments_whatever_they_say(names: list[str]) -> None:
    written = params.document({"x": 1}, {name: f"why {name}" for name in names}, {})
    assert params.parse(written, "p") == {"x": 1} == yaml.safe_load(written)


def test_no_params_at_all_are_read_back() -> None:
    written = params.document({}, {}, {})
    assert params.parse(written, "p") == {} == yaml.safe_load(written)
    assert params.parse(params.document({}, {"f": "a function"}, {}), "p") == {}


@pytest.mark.parametrize(
    "said",
    [
        "2.0",
        "0.1",
        "",
        "1",
        "1.",
        ".1",
        "one",
        None,
        1,
        2.0,
        [],
        {},
        "1.x",
        "-1.0",
        " 1.0",
        "9" * 9999 + ".0",
        "1." + "9" * 9999,
    ],
)
def test_a_foreign_format_is_refused_with_the_cure(said: Any) -> None:
    for parse in (status.parse, metadata.parse):
        with pytest.raises(ExparseError, match="pip install -U exparse"):
            parse(json.dumps({"format": said, "id": 1, "state": "running"}), "p")
    with pytest.raises(ExparseError):
        version.check(said, "p")


def test_a_newer_minor_is_read() -> None:
    assert status.parse('{"format": "1.7", "state": "finished", "mood": "good"}', "p").more == {"mood": "good"}
    assert metadata.parse('{"format": "1.7", "id": 1, "mood": "good"}', "p") == {"id": 1, "mood": "good"}
    assert params.parse('# exparse: {"format": "1.7", "mood": 1}\nx: 1\n', "p") == {"x": 1}
    assert not version.check("1.7", "p") and version.check("1.0", "p")


def test_params_of_a_foreign_major_are_refused() -> None:
    for parse in (params.parse, document.load):
        with pytest.raises(ExparseError, match="pip install -U exparse"):
            parse('# exparse: {"format": "2.0"}\nx: 1\n', "p")


def test_the_signal_that_wrote_last_is_told() -> None:
    assert killed.parse("") is None and killed.parse("\0" * 10) is None
    assert killed.parse("Current thread") == "SIGTERM"
    assert killed.parse("\0" * killed.SLOT + "Current thread") == "SIGHUP"
