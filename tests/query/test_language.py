"""The language of queries: what can be written, what is refused and where, and that it means what logic says."""

from __future__ import annotations

import fnmatch
import json
import re
from typing import Any

import pytest
from asking import NOW, found, params_of, table_of
from hypothesis import example, given, settings
from hypothesis import strategies as st

from exparse.errors import ExparseError, InvalidQuery
from exparse.query import language
from exparse.query.table import Table


def refused(text: str, runs: Table | None = None) -> InvalidQuery:
    with pytest.raises(InvalidQuery) as problem:
        query = language.parse(text)
        if runs is not None:
            query.matches(runs, NOW)
    return problem.value


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("lr<0.01", "lr < 0.01"),
        ("lr==1e-3", "lr = 1e-3"),
        ("  lr\n>=\t1 ", "lr >= 1"),
        ("a=1 AND b=2 Or c=3", "a = 1 and b = 2 or c = 3"),
        ("a=1 and (b=2 or c=3)", "a = 1 and (b = 2 or c = 3)"),
        ("(a=1 and b=2) or c=3", "a = 1 and b = 2 or c = 3"),
        ("((a = 1))", "a = 1"),
        ("(a = 1 or b = 1) or c = 1", "(a = 1 or b = 1) or c = 1"),
        ("not a=1 and b=2", "not a = 1 and b = 2"),
        ("NOT (a=1 and b=2)", "not (a = 1 and b = 2)"),
        ("not not dirty", "not not dirty = true"),
        ("dirty and not fails", "dirty = true and not fails = true"),
        ("model in(a,b , 'c d')", "model in (a, b, 'c d')"),
        ("model Not In (a)", "model not in (a)"),
        ("x Is Missing", "x is missing"),
        ("x is NOT missing", "x is not missing"),
        ("model ~ res*", "model ~ res*"),
        ("model!~'res*'", "model !~ 'res*'"),
        ("model = 'it''s'", "model = 'it''s'"),
        ('model = "it\'s"', "model = 'it''s'"),
        ('"train acc" > 0.9', '"train acc" > 0.9'),
        ("'train acc' > 0.9", '"train acc" > 0.9'),
        ("`train acc` > 0.9", '"train acc" > 0.9'),
        ("train/acc > 0.9", "train/acc > 0.9"),
        ("'lr' = 1", "lr = 1"),
        ('"3" = 1', '"3" = 1'),
        ('"In" = 1', '"In" = 1'),
        ("x = '3'", "x = '3'"),
        ("x = ''", "x = ''"),
        ("missing = 1", "missing = 1"),
        ("out = /data/x:y/ä-[1]?", "out = /data/x:y/ä-[1]?"),
        ("started >= 2026-11-01T12:00+02:00", "started >= 2026-11-01T12:00+02:00"),
    ],
)
def test_a_query_is_written_in_one_way(text: str, canonical: str) -> None:
    assert str(language.parse(text)) == canonical
    assert language.parse(canonical) == language.parse(text)
    assert hash(language.parse(canonical)) == hash(language.parse(text))


def test_what_is_quoted_is_a_text_and_another_query() -> None:
    assert language.parse("x = 3") != language.parse("x = '3'")
    assert language.parse("x = 3") != "x = 3"


def test_a_query_names_the_fields_that_it_asks_for() -> None:
    assert language.parse("lr < 1 and not (acc > 2 or 'my lr' is missing) or lr > 3").fields == ["lr", "acc", "my lr"]
    assert repr(language.parse("lr<1")) == "Query('lr < 1')"


def test_and_binds_closer_than_or_and_not_closer_than_and() -> None:
    runs = params_of({"a": 1, "b": 0, "c": 0}, {"a": 0, "b": 1, "c": 1}, {"a": 0, "b": 0, "c": 1})
    assert found("a = 1 or b = 1 and c = 0", runs) == [1]
    assert found("(a = 1 or b = 1) and c = 1", runs) == [2]
    assert found("not a = 1 and c = 1", runs) == [2, 3]
    assert found("not (a = 1 or c = 1)", runs) == []


@pytest.mark.parametrize(
    ("text", "column", "fragment"),
    [
        ("", 1, "the query is empty"),
        ("   ", 4, "the query is empty"),
        ("lr", 1, "'lr' is a number in all runs"),
        ("lr <", 5, "a value is expected after <, found the end"),
        ("lr < < 1", 6, "found '<'"),
        ("lr < and", 6, "a text called like that is put in quotes"),
        ("lr <> 1", 5, "found '>'"),
        ("lr = missing", 6, "is missing"),
        ("lr = res*", 6, "a pattern stands behind ~"),
        ("lr = `acc`", 6, "a field cannot be compared with a field"),
        ("3 < lr", 1, "the field comes first"),
        ("and lr = 1", 1, "a field is expected, found 'and'"),
        ("= 1", 1, "a field is expected, found '='"),
        ("'' = 1", 1, "an empty name"),
        ("lr 1", 4, "= != < <= > >= ~ !~"),
        ("model like res*", 7, "write: ~"),
        ("lr = 1 acc = 2", 8, "a text of several words is put in quotes"),
        ("age < 3 d", 9, "a number and its unit are one word"),
        ("lr = 1 && acc = 2", 8, "write: and"),
        ("lr = 1 || acc = 2", 8, "write: or"),
        ("lr = 1)", 7, "found ')'"),
        ("(lr = 1", 8, "and, or, or ) is expected"),
        ("lr in 1", 7, "( is expected after in"),
        ("lr in ()", 8, "a value is expected"),
        ("lr in (1 2)", 10, ", or ) is expected"),
        ("lr in (1,", 10, "found the end"),
        ("lr not = 1", 4, "the opposite is written !="),
        ("lr is 1", 7, "missing is expected after is"),
        ("lr is not 1", 11, "missing is expected after is"),
        ("lr ! 1", 4, "! stands only in"),
        ("model = 'vit", 9, "a quote (') is opened"),
        ("acc > 0.9 and lrr < 1", 15, "no run has the field 'lrr'. Close to it: lr."),
        ("nothing = 1", 1, "no run has the field 'nothing'. There are: lr, model, on"),
        ("params.acc > 1", 1, "no run has the field 'params.acc'"),
        ("metrics.ac > 1", 1, "Close to it: metrics.acc."),
        ("failed", 1, "write: state = failed"),
        ("@paper and lr < 1", 1, "write: mark = 'paper'"),
        ("lr < abc", 6, "'lr' is a number in all runs, 'abc' is a text"),
        ("model > 3", 9, "to compare texts write it in quotes: '3'"),
        ("on > 3", 6, "'on' is true or false in all runs"),
        ("state = faild", 9, "close to it: failed"),
        ("state in (failed, xyzzy)", 19, "states are pending, running"),
        ("state", 1, "a comparison is expected"),
        ("state < failed", 1, "state has no order"),
        ("mark < a", 1, "mark has no order"),
        ("dirty = yes", 9, "dirty is true or false"),
        ("dirty = 'true'", 9, "dirty is true or false"),
        ("id = abc", 6, "id is a number"),
        ("id > abc", 6, "id is a number"),
        ("started > 3d", 11, "age > 3d"),
        ("started > 2026-02-31", 11, "a date is expected"),
        ("started ~ 2026-*", 1, "started has no text for a pattern"),
        ("age < 2026-11-01", 7, "started < 2026-11-01"),
        ("duration > long", 12, "a time span is expected"),
    ],
)
def test_an_error_points_at_the_column(text: str, column: int, fragment: str) -> None:
    runs = table_of({"params": {"lr": 0.1, "model": "vit", "on": True}, "values": {"acc": 0.5}})
    problem = refused(text, runs)
    assert problem.column == column
    assert fragment in problem.reason
    said = str(problem)
    assert "\n" not in said
    assert f"column {column}," in said
    assert repr(f"{text[: column - 1]}^{text[column - 1 :]}") in said


def test_an_error_is_one_of_ours_and_a_value_error() -> None:
    problem = refused("a very long query and " * 4 + "lr ! 3" + " or so on" * 20)
    assert isinstance(problem, ExparseError)
    assert isinstance(problem, ValueError)
    assert len(str(problem)) < 250


def test_where_there_is_no_run_every_field_is_known() -> None:
    assert language.parse("lr < 1 or not acc = 2").matches(table_of()) == bytearray()


ESCAPES = [
    "__import__('os').system('touch stolen')",
    "().__class__.__bases__[0].__subclasses__()",
    "x.__class__.__mro__[1].__subclasses__() = 1",
    "[c for c in ().__class__.__base__.__subclasses__()]",
    "(lambda: 1)() = 1",
    "lr = __import__('os')",
    "lr < 1; import os",
    "lr < 1\nimport os",
    "@os.system('touch stolen')",
    "lr.__class__.__init__.__globals__['os'] = 1",
    "eval('1') = 1",
    "exec(compile('1','','exec'))",
    "getattr(lr, 'real') = 1",
    "{0.__class__} = 1",
    "{{7*7}} = 49",
    "f'{lr}' = 1",
    "run.root.__class__ = 1",
    "lr = 9**9**9**9",
    "lr if lr else 1",
    "lr := 3",
    "os.system = 1",
    "$(touch stolen) = 1",
    "`touch stolen`",
    "lr < 1 # comment",
    "lr < 1 -- comment",
    "lr < 1; drop table runs",
    "lr = 1 or 1=1",
    "lr ~ (a+)+$",
    "\0 = \0",
]


@pytest.mark.parametrize("text", ESCAPES)
def test_python_shell_sql_and_templates_are_not_understood(text: str) -> None:
    refused(text, params_of({"lr": 0.1}))


def test_code_in_the_place_of_a_value_is_a_text() -> None:
    runs = params_of({"x": "9**9", "model": "__class__"}, {"x": "{0.__class__}", "model": "eval"})
    assert found("x = '9**9'", runs) == [1]
    assert found("x = {0.__class__}", runs) == [2]
    assert found("model = __class__ or model = eval", runs) == [1, 2]


@pytest.mark.parametrize(
    "text",
    [
        "x" * 100_000,
        "lr = 1 and " * 10_000 + "lr = 1",
        "(" * 5_000,
        "(" * 5_000 + "lr = 1" + ")" * 5_000,
        "(" * 65 + "lr = 1" + ")" * 65,
        "not " * 2_000 + "lr = 1",
        "not (" * 33 + "lr = 1" + ")" * 33,
        "lr=1or " * 1_400 + "lr=1",
        "lr in (" + "1," * 1_000 + "1)",
        "'" * 9_999,
        "lr ~ " + "*a" * 600,
        "!" * 9_999,
        "=" * 9_999,
    ],
    ids=lambda text: f"{text[:12]}... of {len(text)}",
)
def test_what_is_too_long_too_deep_or_too_much_is_refused(text: str) -> None:
    refused(text, params_of({"lr": 1}))


@pytest.mark.parametrize(
    "text",
    [
        "(" * 64 + "lr = 1" + ")" * 64,
        "not " * 64 + "lr = 1",
        " or ".join(["lr=1"] * 1_000),
        "lr in (" + "1," * 999 + "1)",
        f"lr = {'1' * 9_000} or lr = 1",
        f"lr in ({'1' * 300}, 1e999, 1)",
        f"lr = '{'x' * 9_000}' or lr = 1",
    ],
    ids=lambda text: f"{text[:12]}... of {len(text)}",
)
def test_what_stays_within_the_limits_is_answered(text: str) -> None:
    assert found(text, params_of({"lr": 1})) == [1]
    assert language.parse(str(language.parse(text))) == language.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "lr<1",
        "lr = 1",
        "lr == 1",
        "a ~ b*",
        "a!~b",
        "x in (1)",
        "x is missing",
        "not dirty",
        "dirty and fails",
        "x >= 'y z'",
    ],
)
def test_a_selector_with_an_operator_looks_like_a_query(text: str) -> None:
    assert language.looks_like(text)


@pytest.mark.parametrize(
    "text",
    [
        "42",
        "3:7",
        ":",
        "last",
        "last~2",
        "last~x",
        "@paper",
        "@paper/table1",
        "best:acc",
        "best:-loss",
        "best:acc~1",
        "best:-val/loss~2",
        "12-2026-11-01-12-00-00",
    ]
    + [
        "baseline",
        "not",
        "in",
        "is",
        "",
        "it's",
        "runs/12-2026-11-01-12-00-00/params.yaml",
        "/data/a=b/runs/3-x",
        "./a=b",
    ]
    + ["../a b", "~/lr = 3/x", "'a = b'", "a b", "-3", "dirty", "C:\\runs\\3"],
)
def test_other_selectors_do_not_look_like_a_query(text: str) -> None:
    assert not language.looks_like(text)


def test_a_broken_query_still_looks_like_one() -> None:
    assert language.looks_like("model = 'vit")
    assert language.looks_like("lr !! 3 = ")


# Laws.

WORDS = [
    "3",
    "3.0",
    "-1",
    "1e-3",
    "abc",
    "abd",
    "b2",
    "b10",
    "true",
    "none",
    "nan",
    "inf",
    "a/b",
    "[1]",
    "x y",
    "it's",
    "",
]
CELLS: list[Any] = [
    3,
    3.0,
    -1,
    0.001,
    "3",
    "abc",
    "b2",
    "b10",
    True,
    False,
    None,
    float("nan"),
    float("inf"),
    [1],
    [],
    "",
    "true",
]
# One of each kind, so that no comparison is refused as one that nothing could answer.
EVERY_KIND: list[dict[str, Any]] = [{"x": 1, "y z": "t"}, {"x": "s", "y z": 2.5}, {"x": True, "y z": False}]

words = st.sampled_from(WORDS)
names = st.sampled_from(["x", "y z", "params.x", "mark"])
bare = re.compile(r"[^\s=<>!~(),'\"`*]+\Z")


@st.composite
def literals(draw: st.DrawFn) -> tuple[str, bool]:
    text = draw(words)
    return text, not bare.match(text) or draw(st.booleans())


Parts = tuple[Any, ...]
patterns = st.tuples(st.text("ab3*?[]!-.", max_size=6), st.just(True))
comparisons = st.one_of(
    st.tuples(st.just("term"), names, st.sampled_from(["=", "!="]), st.tuples(literals())),
    st.tuples(st.just("term"), names, st.sampled_from(["in", "not in"]), st.lists(literals(), min_size=1).map(tuple)),
    st.tuples(
        st.just("term"), st.sampled_from(["x", "y z"]), st.sampled_from(["<", "<=", ">", ">="]), st.tuples(literals())
    ),
    st.tuples(st.just("term"), names, st.sampled_from(["~", "!~"]), st.tuples(patterns)),
    st.tuples(st.just("term"), names, st.sampled_from(["is missing", "is not missing"]), st.just(())),
)
trees: st.SearchStrategy[Parts] = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.tuples(st.just("not"), inner),
        st.tuples(st.sampled_from(["and", "or"]), inner, inner),
    ),
    max_leaves=6,
)
cells = st.dictionaries(st.sampled_from(["x", "y z"]), st.sampled_from(CELLS))
runs_of = st.lists(
    st.fixed_dictionaries(
        {"params": cells, "marks": st.lists(st.sampled_from(["a", "a/b", "abc"]), unique=True).map(tuple)}
    ),
    max_size=5,
)


def written(tree: Parts) -> str:
    if tree[0] == "not":
        return f"not ({written(tree[1])})"
    if tree[0] in ("and", "or"):
        return f"({written(tree[1])}) {tree[0]} ({written(tree[2])})"
    _, field, op, values = tree
    quoted = ["'" + text.replace("'", "''") + "'" if is_quoted else text for text, is_quoted in values]
    said = f"({', '.join(quoted)})" if "in" in op.split() else " ".join(quoted)
    return f'"{field}" {op} {said}'


NUMBER = re.compile(r"-?[0-9.]+(e-?[0-9]+)?\Z|nan\Z|inf\Z")
OPPOSITE = {"!=": "=", "not in": "in", "!~": "~", "is missing": "is not missing"}
ORDERS = {"<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (1, 0)}


def naive(tree: Parts, run: dict[str, Any]) -> bool:
    """Say by the words of docs/query.rst whether a run answers."""
    if tree[0] == "not":
        return not naive(tree[1], run)
    if tree[0] in ("and", "or"):
        parts = [naive(tree[1], run), naive(tree[2], run)]
        return all(parts) if tree[0] == "and" else any(parts)
    _, field, op, values = tree
    if field == "mark":
        marks = list(run["marks"])
        if op in OPPOSITE:
            return not naive(("term", field, OPPOSITE[op], values), run)
        if op == "is not missing":
            return bool(marks)
        if op == "~":
            return any(fnmatch.fnmatchcase(mark, values[0][0]) for mark in marks)
        return any(mark == text or mark.startswith(f"{text}/") for mark in marks for text, _ in values)
    cell = run["params"].get(field.removeprefix("params."))
    if op in ("is missing", "is not missing"):
        return (cell is None) is (op == "is missing")
    if cell is None:
        has_none = field.removeprefix("params.") in run["params"]
        return has_none and op in ("=", "in") and ("none", False) in values
    if op in OPPOSITE:
        return not naive(("term", field, OPPOSITE[op], values), run)
    if op == "~":
        return fnmatch.fnmatchcase(shown(cell), values[0][0])
    if op in ORDERS:
        return order(cell, *values[0]) in ORDERS[op]
    return any(equal(cell, text, is_quoted) for text, is_quoted in values)


def shown(cell: Any) -> str:
    return json.dumps(cell) if isinstance(cell, list) else str(cell)


def equal(cell: Any, text: str, is_quoted: bool) -> bool:
    if isinstance(cell, bool):
        return not is_quoted and str(cell).lower() == text
    if isinstance(cell, (int, float)):
        if is_quoted or not NUMBER.match(text):
            return False
        return cell == float(text) or (cell != cell and text == "nan")
    return bool(shown(cell) == text)


def order(cell: Any, text: str, is_quoted: bool) -> int | None:
    if NUMBER.match(text) and not is_quoted:
        if isinstance(cell, bool) or not isinstance(cell, (int, float)) or cell != cell or text == "nan":
            return None
        return (cell > float(text)) - (cell < float(text))
    if not isinstance(cell, str):
        return None
    mine, theirs = counted(cell), counted(text)
    return (mine > theirs) - (mine < theirs)


def counted(text: str) -> tuple[list[tuple[int, Any]], str]:
    parts = re.findall("[0-9]+|[^0-9]", text)
    return [(0, int(part)) if part.isdigit() else (1, part) for part in parts], text


def answers(text: str, runs: list[dict[str, Any]]) -> list[bool]:
    kinds = [{"params": params} for params in EVERY_KIND]
    return [bool(one) for one in language.parse(text).matches(table_of(*runs, *kinds), NOW)][: len(runs)]


def has_odd_set(tree: Parts) -> bool:
    """Return whether a pattern has a dash within brackets, which fnmatch reads differently from version to version."""
    if tree[0] != "term":
        return any(map(has_odd_set, tree[1:]))
    return tree[2] in ("~", "!~") and "[" in tree[3][0][0] and "-" in tree[3][0][0]


@settings(max_examples=300)
@given(trees.filter(lambda tree: not has_odd_set(tree)), runs_of)
@example(
    ("not", ("term", "x", "!=", (("3", False),))), [{"params": {}, "marks": ()}, {"params": {"x": 3}, "marks": ()}]
)
@example(
    ("term", "x", "!=", (("none", False),)), [{"params": {"x": None}, "marks": ()}, {"params": {"x": 3}, "marks": ()}]
)
def test_a_query_finds_what_a_plain_reading_finds(tree: Parts, runs: list[dict[str, Any]]) -> None:
    assert answers(written(tree), runs) == [naive(tree, {"marks": (), **run}) for run in runs]


@given(trees)
def test_what_is_written_again_reads_the_same(tree: Parts) -> None:
    query = language.parse(written(tree))
    again = language.parse(str(query))
    assert again == query
    assert str(again) == str(query)
    assert without_places(again.tree) == without_places(query.tree)


def without_places(tree: Any) -> Any:
    if isinstance(tree, language.Joined):
        return tree.word, [without_places(part) for part in tree.parts]
    if isinstance(tree, language.Not):
        return "not", without_places(tree.part)
    return tree.field, tree.op, [(literal.text, literal.is_quoted) for literal in tree.values]


@given(trees, runs_of)
def test_both_ways_of_writing_find_the_same(tree: Parts, runs: list[dict[str, Any]]) -> None:
    assert answers(str(language.parse(written(tree))), runs) == answers(written(tree), runs)


@given(trees, trees, runs_of)
def test_de_morgan_holds(one: Parts, other: Parts, runs: list[dict[str, Any]]) -> None:
    a, b = written(one), written(other)
    assert answers(f"not (({a}) and ({b}))", runs) == answers(f"not ({a}) or not ({b})", runs)
    assert answers(f"not (({a}) or ({b}))", runs) == answers(f"not ({a}) and not ({b})", runs)
    assert answers(f"not not ({a})", runs) == answers(a, runs)


PIECES = [
    "lr",
    "mark",
    "state",
    "started",
    "age",
    "dirty",
    "id",
    "python",
    "params.lr",
    "=",
    "==",
    "!=",
    "<",
    ">=",
    "~",
    "!~",
    "(",
    ")",
]
PIECES += [
    ",",
    "and",
    "or",
    "not",
    "in",
    "is",
    "missing",
    "3",
    "1e-3",
    "'a b'",
    '"',
    "'",
    "`",
    "3d",
    "today",
    "none",
    "true",
    "nan",
    "*",
    "!",
]
PIECES += ["failed", "2026-11-01", "[a-", "\0", "\u202e", "\ud800", "é", " ", "\n", "1" * 500]


@given(
    st.text(max_size=30)
    | st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join)
    | st.lists(st.sampled_from(PIECES)).map("".join)
)
def test_any_text_is_a_query_or_an_invalid_one(text: str) -> None:
    runs = table_of({"params": {"lr": 0.1}}, {"params": {"lr": None}, "marks": ("a",), "facts": {"dirty": True}})
    assert language.looks_like(text) in (True, False)
    try:
        query = language.parse(text)
        assert language.parse(str(query)) == query
        assert set(query.matches(runs, NOW)) <= {0, 1}
    except InvalidQuery as problem:
        assert 1 <= problem.column <= len(text) + 1
        assert "\n" not in str(problem)
        str(problem).encode("utf-8")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("model ~ conv", 'model ~ "*conv*"'),
        ("lr < 1 and not (script ~ 'a b')", 'script ~ "*a b*"'),
        ("model ~ conv*", ""),
        ("model ~ '[ab]onv'", ""),
        ("model = conv", ""),
        ("model !~ conv", ""),
    ],
)
def test_a_pattern_without_a_sign_for_any_text_has_a_hint(text: str, hint: str) -> None:
    told = language.parse(text).hint
    assert told.endswith(hint) and bool(told) == bool(hint)
