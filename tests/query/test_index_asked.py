"""What an Index is asked: queries that chain, what varies, what differs, the best, metrics of all runs, Parquet."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from making import damage, make_root, make_run

from exparse import Index
from exparse.errors import ExparseError, InvalidQuery, MarkNotFound, RunNotFound


@pytest.fixture
def index(root: Path) -> Index:
    """Make a root of six runs of two models, one of which failed."""
    for number, (model, lr, acc) in enumerate(
        [("cnn", 0.1, 0.5), ("cnn", 0.01, 0.7), ("mlp", 0.1, 0.6), ("mlp", 0.01, 0.9), ("mlp", 0.001, 0.8)]
    ):
        run = make_run(root, {"model": model, "lr": lr, "epochs": 3}, marks=["good"] if acc > 0.75 else [])
        (run.path / "summary.json").write_text(f'{{"acc": {acc}}}')
        lines = [f'{{"step": {step}, "time": {100 + step}, "loss": {1 / (step + 1 + number)}}}\n' for step in range(3)]
        (run.path / "metrics.jsonl").write_text("".join(lines) + '{"time": 200, "other": 1}\n')
    make_run(root, {"model": "cnn", "lr": 5.0, "epochs": 3}, state="failed", exit_code=1)
    return Index(root)


def test_queries_chain_and_read_nothing_before_they_are_asked(index: Index, tmp_path: Path) -> None:
    asked = index.where("model = mlp").where("acc > 0.7 and lr < 0.05")
    assert [run.id for run in asked] == [4, 5]
    assert len(asked) == 2
    assert asked.info()["id"].tolist() == [4, 5]
    assert [run.id for run in index] == [1, 2, 3, 4, 5, 6]
    assert "where" in repr(asked)
    # There is no root there, and nobody has asked yet.
    nowhere = Index(tmp_path / "nowhere").where("lr < 1")
    with pytest.raises(ExparseError):
        nowhere.info()


def test_a_later_query_is_asked_of_all_runs(index: Index) -> None:
    assert len(index.where("state = failed").where("acc > 0.1")) == 0


def test_a_query_that_is_none_is_refused_at_once_and_an_unknown_field_at_the_first_use(index: Index) -> None:
    with pytest.raises(InvalidQuery):
        index.where("lr <")
    wrong = index.where("modell = cnn")
    with pytest.raises(InvalidQuery, match="model"):
        wrong.info()


def test_marks_chain_with_queries(index: Index) -> None:
    assert [run.id for run in index.marked("good").where("lr > 0.005")] == [4]
    with pytest.raises(MarkNotFound):
        index.info(mark="godo")


def test_a_selector_may_be_a_query(index: Index) -> None:
    assert index["model = mlp and lr = 0.1"].id == 3
    with pytest.raises(RunNotFound):
        index["lr > 100"]


def test_selectors_pick_among_the_runs_that_are_left(index: Index) -> None:
    some = index.where("model = cnn and state = finished")
    assert some["last"].id == 2
    assert some["best:acc"].id == 2
    with pytest.raises(RunNotFound):
        some[4]


def test_the_best_is_the_largest_or_with_a_dash_the_smallest(index: Index) -> None:
    assert index.best("acc").id == 4
    assert index.best("-acc").id == 1
    assert index.best("loss").id == 1
    assert index.best("-lr").id == 5
    with pytest.raises(RunNotFound, match="acc"):
        index.best("accc")


def test_rows_are_plain_and_need_no_pandas(index: Index, root: Path) -> None:
    code = f"""
import sys
from exparse import Index
rows = Index({str(root)!r}).where("model = mlp").rows()
assert [row["params"]["lr"] for row in rows] == [0.1, 0.01, 0.001], rows
assert [row["metrics"]["acc"] for row in rows] == [0.6, 0.9, 0.8]
assert {{"id", "name", "state", "started", "seconds", "marks", "tags", "host", "commit"}} <= set(rows[0])
assert type(rows[0]) is dict and "pandas" not in sys.modules and "numpy" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_varies_is_all_that_is_told(index: Index) -> None:
    columns = list(index.varying())
    assert {"id", "model", "lr", "metrics.acc"} <= set(columns)
    assert "epochs" not in columns
    assert "model" not in index.where("model = mlp").varying()


def test_two_runs_are_compared_side_by_side(index: Index) -> None:
    found = index.compare(3, "best:acc")
    assert list(found.columns) == [3, 4]
    assert found.loc["lr"].tolist() == [0.1, 0.01]
    assert "epochs" not in found.index
    assert "model" not in found.index


def test_metrics_of_all_runs_are_one_long_frame(index: Index) -> None:
    found = index.where("model = cnn").metrics("loss")
    assert list(found.columns) == ["id", "name", "step", "time", "value"]
    assert found["id"].tolist() == [1, 1, 1, 2, 2, 2]
    assert found["step"].tolist() == [0, 1, 2] * 2
    assert set(index.metrics()["name"]) == {"loss", "other"}
    nothing = index.metrics("nothing")
    assert (len(nothing), list(nothing.columns)) == (0, list(found.columns))
    assert nothing.dtypes.astype(str).tolist() == found.dtypes.astype(str).tolist()


def test_parquet_keeps_the_types(index: Index, root: Path, tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow", reason="an extra")
    make_run(root, {"layers": [1, 2], "model": "\udcff", "lr": None})
    index.to_parquet(tmp_path / "runs.parquet")
    found = pandas.read_parquet(tmp_path / "runs.parquet")
    assert found["id"].tolist() == list(range(1, 8))
    assert found["lr"].tolist()[:2] == [0.1, 0.01]
    assert found["layers"].tolist()[-1] == "[1, 2]"
    assert str(found["started"].dtype).startswith("datetime64")


def test_without_pyarrow_the_extra_is_named(index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ExparseError, match=r"exparse\[parquet\]"):
        index.to_parquet(tmp_path / "runs.parquet")
    assert not (tmp_path / "runs.parquet").exists()


def test_frames_do_not_share_what_can_be_changed(index: Index, root: Path) -> None:
    make_run(root, {"layers": [1, 2]})
    make_run(root, {"layers": [1, 2]})
    frame = index.info()
    frame["layers"].iloc[-1].append(3)
    frame.loc[0, "lr"] = 99.0
    again = index.info()
    assert again["layers"].tolist()[-2:] == [[1, 2], [1, 2]]
    assert again["lr"].tolist()[0] == 0.1


def test_an_index_of_some_runs_shows_them_in_a_notebook(index: Index) -> None:
    shown = index.where("model = mlp")._repr_html_()
    assert "3 runs" in shown
    assert "<td>4</td>" in shown


def test_a_root_without_runs_has_empty_frames(tmp_path: Path) -> None:
    index = Index(make_root(tmp_path / "empty"))
    assert len(index.info()) == len(index.varying()) == len(index.metrics()) == len(index.rows()) == 0
    assert len(index.where("lr < 3").info()) == 0


def test_a_damaged_run_is_a_row_and_answers_to_its_state(index: Index, root: Path) -> None:
    damage(make_run(root, {"lr": 1.0}))
    assert index.where("state = damaged").rows()[0]["problem"]
    assert index.info()["state"].tolist()[-1] == "damaged"


def test_the_second_best_is_next_to_the_best(index: Index) -> None:
    assert index.best("acc", 1).id == index["best:acc~1"].id == 5
    assert index.best("-acc", 1).id == 3
    assert index.root.select("best:acc~1")[0].id == 5
    with pytest.raises(RunNotFound):
        index.best("acc", 5)


def test_runs_themselves_are_compared_and_one_is_too_few(index: Index) -> None:
    assert list(index.compare(index.best("acc"), index["last"]).columns) == [4, 6]
    assert index[index["last"]].id == 6
    with pytest.raises(TypeError, match="two runs"):
        index.compare(1)
    with pytest.raises(TypeError, match="expected"):
        index[None]  # type: ignore[index]


def test_the_best_of_no_runs_names_the_query(index: Index) -> None:
    with pytest.raises(RunNotFound, match="nothing"):
        index.where("model = nothing").best("acc")


def test_a_frame_tells_marks_and_how_it_ended(index: Index) -> None:
    frame = index.info()
    assert frame["marks"].tolist()[3:5] == [["good"], ["good"]]
    assert frame["exit_code"].tolist() == [0] * 5 + [1]
    assert frame["error"].tolist()[-1] == "exit code 1"
    assert frame["label"].tolist() == [None] * 6
    assert index.marked("good").info()["id"].tolist() == [4, 5]


def test_a_notebook_shows_what_was_measured(index: Index) -> None:
    shown = index._repr_html_()
    assert "<th>acc</th>" in shown
    assert "<td>0.9</td>" in shown


def test_names_that_are_no_unicode_are_escaped_in_frames(root: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="an extra")
    for value in (1, 2):
        run = make_run(root, {"lr": value})
        (run.path / "summary.json").write_text(f'{{"caf\\udce9.png": {value}}}')
        (run.path / "metrics.jsonl").write_text(f'{{"time": 1, "\\udce9": {value}}}\n')
    index = Index(root)
    assert index.info()["metrics.caf\\udce9.png"].tolist() == [1, 2]
    assert set(index.metrics()["name"]) == {"\\udce9"}
    assert "metrics.caf\\udce9.png" in index.varying()
    assert len(index.compare(1, 2))
    index.to_parquet(tmp_path / "x.parquet")
