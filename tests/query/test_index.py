"""The notebook's way in."""

from __future__ import annotations

import math
import os
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import pandas
import pytest
from making import damage, make_root, make_run

import exparse
from exparse.errors import MarkNotFound, RootError, RunNotFound
from exparse.query.index import Index
from exparse.store.root import Root

OWN = ["id", "name", "time", "root", "state"]
FACTS = ["started", "seconds", "host", "commit", "dirty", "tags", "marks", "label", "description", "error", "exit_code"]
KINDS = {
    "started": "datetime64[ns, UTC]",
    "seconds": "float64",
    "host": "object",
    "commit": "object",
    "dirty": "boolean",
    "tags": "object",
    "marks": "object",
    "label": "object",
    "description": "object",
    "error": "object",
    "exit_code": "Int64",
}


def test_info_has_one_row_a_run_with_natural_types(root: Path) -> None:
    first = make_run(root, {"arg1": 10, "arg2": False, "parts": [1, 2], "name2": "007"})
    make_run(root, {"arg1": 11, "arg2": True, "parts": [], "name2": "yes"})
    make_run(root, {"arg1": 0}, tmp=True)
    info = Index(root).info()
    assert list(info.columns) == [*OWN, "arg1", "arg2", "parts", "name2", *FACTS]
    assert info.dtypes.astype(str).to_dict() == {
        "id": "int64",
        "name": "object",
        "time": "datetime64[ns]",
        "root": "object",
        "state": "object",
        "arg1": "int64",
        "arg2": "bool",
        "parts": "object",
        "name2": "object",
        **KINDS,
    }
    assert list(info.id) == [1, 2]
    assert info.name[0] == first.name
    assert info.time[0] == pandas.Timestamp(datetime(2026, 11, 21, 5, 40, 12, 250_000))
    assert list(info.parts) == [[1, 2], []]
    assert list(info.name2) == ["007", "yes"]


def test_a_row_leads_to_the_files_of_its_run(root: Path) -> None:
    run = make_run(root, {"lr": 0.5})
    (run.path / "plot.png").write_bytes(b"png")
    for _, row in Index(root).info().iterrows():
        assert isinstance(row.root, Path)
        assert (row.root / "plot.png").read_bytes() == b"png"


def test_a_param_that_came_later_is_a_gap_before(root: Path) -> None:
    make_run(root, {"lr": 0.5})
    make_run(root, {"lr": 0.6, "depth": 3, "fast": True, "tag": "x"})
    info = Index(root).info()
    assert info.dtypes.astype(str)[["depth", "fast", "tag"]].tolist() == ["Int64", "boolean", "object"]
    assert info.depth.isna().tolist() == [True, False]
    assert info.depth[1] == 3
    assert info.tag[0] is None


def test_params_named_like_columns_of_ours_stand_beside_them(root: Path) -> None:
    make_run(root, {"id": "mine", "time": 5, "root": "/x", "state": "idle", "name": "n", "params.id": 1})
    info = Index(root).info()
    assert list(info.columns) == [
        *OWN,
        "params.id",
        "params.time",
        "params.root",
        "params.state",
        "params.name",
        "params.params.id",
        *FACTS,
    ]
    assert info["id"][0] == 1
    assert info["params.id"][0] == "mine"


def test_an_empty_root_gives_an_empty_frame_with_the_columns(root: Path) -> None:
    info = Index(make_root(root)).info()
    assert list(info.columns) == [*OWN, *FACTS]
    assert len(info) == 0
    own = ["int64", "object", "datetime64[ns]", "object", "object"]
    assert info.dtypes.astype(str).tolist() == [*own, *KINDS.values()]


def test_facts_of_the_execution_are_columns(root: Path) -> None:
    git = {"commit": "3f2a1bc", "dirty": True}
    run = make_run(root, facts={"git": git, "tags": ["a"], "host": "node1"})
    (run.path / "about.jsonl").write_text('{"time": "x", "tag": "b"}\n{"time": "x", "untag": "a"}\n')
    make_run(root, facts={"git": None, "host": 5, "tags": "none"}, seconds=None)
    info = Index(root).info()
    assert info.started[0] == pandas.Timestamp("2026-11-21T08:40:12.25Z")
    assert info.seconds.tolist()[0] == 12.5 and math.isnan(info.seconds[1])
    assert info.host.tolist() == ["node1", None]
    assert info.commit.tolist() == ["3f2a1bc", None]
    assert info.dirty.isna().tolist() == [False, True] and bool(info.dirty[0])
    assert info.tags.tolist() == [["b"], []]


def test_summaries_and_last_values_are_columns_of_natural_types(root: Path) -> None:
    run = make_run(root, {"lr": 0.5})
    (run.path / "summary.json").write_text('{"acc": 0.9, "best": {"epoch": 7, "of": [1, 2]}, "who": "ada"}')
    lines = [
        '{"step": 0, "time": 1.0, "loss": 2, "acc": 0.1}',
        '{"step": 1, "time": 2.0, "loss": "nan"}',
        '{"step": 2,',
    ]
    (run.path / "metrics.jsonl").write_text("\n".join(lines))
    make_run(root, {"lr": 0.6})
    info = Index(root).info()
    measured = [name for name in info.columns if name.startswith("metrics.")]
    assert sorted(measured) == [f"metrics.{name}" for name in ("acc", "best.epoch", "best.of", "loss", "who")]
    assert info["metrics.acc"][0] == 0.9
    assert math.isnan(info["metrics.loss"][0])
    kinds = info.dtypes.astype(str)[["metrics.acc", "metrics.best.epoch", "metrics.best.of", "metrics.who"]]
    assert kinds.tolist() == ["float64", "Int64", "object", "object"]
    assert info["metrics.best.of"].tolist() == [[1, 2], None]


def test_no_param_is_taken_for_a_fact_or_a_metric(root: Path) -> None:
    names = [*FACTS, "metrics.acc", "metrics.", "params.metrics.acc"]
    run = make_run(root, {name: f"mine {name}" for name in names})
    (run.path / "summary.json").write_text('{"acc": 0.9, "": 1}')
    info = Index(root).info()
    assert info.columns.is_unique
    assert all(info[f"params.{name}"][0] == f"mine {name}" for name in names)
    assert info["metrics.acc"][0] == 0.9


def test_a_start_without_a_zone_is_no_moment(root: Path) -> None:
    make_run(root, facts={"started": "2026-11-21T05:40:12"})
    info = Index(root).info()
    assert info.started.isna().tolist() == [True]
    assert info.time.isna().tolist() == [False]


def test_a_damaged_run_is_a_row_that_says_so(root: Path) -> None:
    make_run(root, {"lr": 0.5})
    damage(make_run(root, {"lr": 0.6}))
    info = Index(root).info()
    assert info.state.tolist() == ["finished", "damaged"]
    assert info.lr.isna().tolist() == [False, True]
    assert info.time.notna().all()


def test_a_time_beyond_what_nanoseconds_hold_is_a_gap(root: Path) -> None:
    make_run(root, facts={"started": "9998-01-01T00:00:00+00:00"})
    assert Index(root).info().time.isna().tolist() == [True]


def test_any_beginning_of_a_nested_mark_finds_its_runs(root: Path) -> None:
    make_run(root, marks=["user/bob/const"])
    make_run(root, marks=["user/ann"])
    make_run(root)
    index = Index(root)
    assert index.info("user").id.tolist() == [1, 2]
    assert index.info("user/bob").id.tolist() == [1]
    assert index.info("user/bob/").id.tolist() == [1]
    assert index.info("user/bob/const").id.tolist() == [1]


def test_marked_runs_come_by_number_temporary_ones_too(root: Path) -> None:
    make_run(root, tmp=True, marks=["good"])
    make_run(root, marks=["good"])
    make_run(root, tmp=True, marks=["good"])
    assert Index(root).info("good").id.tolist() == [1, 2, 3]


def test_an_unknown_mark_is_a_key_error_with_near_names(root: Path) -> None:
    make_run(root, marks=["good"])
    with pytest.raises(KeyError) as caught:
        Index(root).info("goood")
    assert isinstance(caught.value, MarkNotFound)
    assert "Close to it: good" in str(caught.value)


def test_runs_are_picked_counted_and_walked_through(root: Path) -> None:
    for lr in (0.1, 0.2, 0.3):
        make_run(root, {"lr": lr})
    index = Index(root)
    assert len(index) == 3
    assert [run.id for run in index] == [1, 2, 3]
    assert index[2].params == {"lr": 0.2}
    assert index["last"].id == 3
    with pytest.raises(RunNotFound):
        index[42]


def test_the_best_run_is_picked_by_its_summary(root: Path) -> None:
    for accuracy in (0.5, 0.9, 0.7):
        (make_run(root).path / "summary.json").write_text(f'{{"acc": {accuracy}}}')
    assert Index(root)["best:acc"].id == 2
    assert Index(root)["best:-acc"].id == 1


@pytest.mark.parametrize(
    "summary", ['{"acc": 1' + "0" * 400 + "}", '{"acc": NaN}', "[" * 100_000, '{"acc": true}', "[]"]
)
def test_a_summary_without_a_usable_number_is_never_the_best(root: Path, summary: str) -> None:
    (make_run(root).path / "summary.json").write_text(summary)
    (make_run(root).path / "summary.json").write_text('{"acc": 0.1}')
    assert Index(root)["best:acc"].id == 2


def test_a_root_may_be_a_text_a_path_a_root_or_relative(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_run(root)
    monkeypatch.chdir(root.parent)
    for given in (str(root), root, Root(root), "exruns", Path("exruns")):
        assert len(Index(given)) == 1
    relative = Index("exruns")
    monkeypatch.chdir("/")
    assert relative.info().root[0].is_absolute()
    assert relative.info().root[0].is_dir()


def test_no_root_is_an_error_at_the_first_use_and_nothing_is_made(tmp_path: Path) -> None:
    index = exparse.Index(tmp_path / "nowhere")
    for use in (index.info, index.__len__, index._repr_html_, lambda: index[1], lambda: list(index)):
        with pytest.raises(RootError, match="no such folder"):
            use()
    assert not (tmp_path / "nowhere").exists()


def test_an_index_is_true_even_where_no_run_is(root: Path) -> None:
    assert Index(make_root(root))


def test_folders_with_odd_names_are_read_like_others(odd_folder: Path) -> None:
    make_run(odd_folder / "exruns", {"lr": 0.5})
    info = Index(odd_folder / "exruns").info()
    assert info.root[0].parent == odd_folder / "exruns" / "runs"


class _Cells(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_html_shows_runs_and_lets_no_value_be_markup(root: Path) -> None:
    make_run(root, {"model": "<script>alert(1)</script>", "<img src=x>": 1, "x": "\u202eevil"}, marks=["good"])
    make_run(root, {"model": "plain", "<img src=x>": 2, "x": "fine"}, label="big")
    parser = _Cells()
    parser.feed(Index(root)._repr_html_())
    assert parser.tags == {"p", "code", "table", "thead", "tbody", "tr", "th", "td"}
    assert {"<script>alert(1)</script>", "<img src=x>", "good", "big", "plain", r"\u202eevil"} <= set(parser.words)


def test_the_html_of_many_runs_shows_the_newest(root: Path) -> None:
    for seed in range(25):
        make_run(root, {"seed": seed})
    page = Index(root)._repr_html_()
    assert "25 runs" in page
    assert page.count("<tr>") == 21
    assert "<td>24</td>" in page and "<td>4</td>" not in page


def test_a_root_without_leave_to_write_is_read(root: Path) -> None:
    make_run(root, {"lr": 0.5})
    for folder, _, _ in os.walk(root):
        os.chmod(folder, 0o555)
    try:
        assert Index(root).info().lr.tolist() == [0.5]
    finally:
        for folder, _, _ in os.walk(root):
            os.chmod(folder, 0o755)
