"""What a comparison means to each kind of field."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from asking import found, params_of, table_of
from making import START, make_run

from exparse.errors import InvalidQuery
from exparse.query import language, rows, table
from exparse.store.root import Root


def test_numbers_are_compared_as_numbers_whatever_they_are_written_like() -> None:
    runs = params_of({"lr": 0.001}, {"lr": 1}, {"lr": 1.0}, {"lr": True}, {"lr": 10**30})
    assert found("lr = 1e-3", runs) == [1]
    assert found("lr = 1", runs) == [2, 3]
    assert found("lr >= 1.0", runs) == [2, 3, 5]
    assert found("lr < 1_000", runs) == [1, 2, 3]
    assert found("lr < inf", runs) == [1, 2, 3, 5]
    assert found("lr in (0.001, 1000000000000000000000000000000)", runs) == [1, 5]


def test_true_is_not_one_and_a_bare_field_asks_for_true() -> None:
    runs = params_of({"amp": True}, {"amp": False}, {"amp": 1}, {"amp": "true"}, {"amp": None}, {})
    assert found("amp = true", runs) == [1, 4]
    assert found("amp = TRUE", runs) == [1]
    assert found("amp = false", runs) == [2]
    assert found("amp = 1", runs) == [3]
    assert found("amp", runs) == [1, 4]
    assert found("not amp", runs) == [2, 3, 5, 6]
    assert found("amp != true", runs) == [2, 3]


def test_an_unquoted_value_is_also_a_text_and_a_quoted_one_nothing_else() -> None:
    runs = params_of({"seed": 3}, {"seed": "3"}, {"seed": "3.0"}, {"seed": "none"}, {"seed": None})
    assert found("seed = 3", runs) == [1, 2]
    assert found("seed = '3'", runs) == [2]
    assert found("seed = none", runs) == [4, 5]
    assert found("seed = 'none'", runs) == [4]
    assert found("seed in (3, none)", runs) == [1, 2, 4, 5]
    assert found("seed != 3", runs) == [3, 4]
    assert found("seed not in (3, none)", runs) == [3]


def test_only_not_finds_runs_that_lack_the_field() -> None:
    runs = params_of({"x": 3}, {"x": 4}, {"x": None}, {})
    assert found("x != 3", runs) == [2]
    assert found("not x = 3", runs) == [2, 3, 4]
    assert found("x is missing", runs) == [3, 4]
    assert found("x is not missing", runs) == [1, 2]
    assert found("x != none", runs) == [1, 2]
    assert found("x < 10", runs) == [1, 2]
    assert found("x !~ 3*", runs) == [2]
    assert found("not x > 3", runs) == [1, 3, 4]


def test_nan_is_a_value_that_only_equals_itself() -> None:
    runs = table_of(
        {"values": {"loss": float("nan")}}, {"values": {"loss": 0.5}}, {"values": {"loss": float("inf")}}, {}
    )
    assert found("loss = nan", runs) == [1]
    assert found("loss != nan", runs) == [2, 3]
    assert found("loss < 1 or loss >= 1", runs) == [2, 3]
    assert found("loss is missing", runs) == [4]
    assert found("loss = inf", runs) == [3]
    assert found("loss < nan", runs) == []


def test_texts_and_numbers_have_no_order_among_them() -> None:
    runs = params_of({"lr": 0.1}, {"lr": "auto"}, {"lr": "b"}, {"lr": [1]})
    assert found("lr < 1 or lr >= 1", runs) == [1]
    assert found("lr <= auto", runs) == [2]
    assert found("lr > auto", runs) == [3]
    assert found("lr < '1'", runs) == []


def test_texts_are_ordered_as_people_count() -> None:
    runs = table_of({"facts": {"python": "3.9.1"}}, {"facts": {"python": "3.12.0"}}, {})
    assert found("python < 3.10", runs) == [1]
    assert found("python >= 3.12", runs) == [2]
    assert found("python = 3.12", runs) == []


def test_texts_are_compared_letter_by_letter() -> None:
    runs = params_of({"model": "ResNet"}, {"model": "resnet"}, {"model": ""}, {"model": "a b"})
    assert found("model = resnet", runs) == [2]
    assert found("model ~ [Rr]es*", runs) == [1, 2]
    assert found("model = ''", runs) == [3]
    assert found("model = 'a b'", runs) == [4]
    assert found("model !~ *e*", runs) == [3, 4]


def test_lists_and_others_are_compared_as_they_are_shown() -> None:
    runs = params_of({"layers": [64, 64]}, {"layers": ["a", 'b"c']}, {"layers": []}, {"layers": {"a": 1}})
    assert found("layers = '[64, 64]'", runs) == [1]
    assert found("layers ~ *64*", runs) == [1]
    assert found("layers = []", runs) == [3]
    assert found("layers != '[64, 64]'", runs) == [2, 3, 4]
    assert found("layers is missing", runs) == []
    assert found("""layers = '{"a": 1}'""", runs) == [4]


def test_a_pattern_is_asked_of_numbers_as_they_are_shown() -> None:
    runs = params_of({"lr": 0.001}, {"lr": 0.01}, {"lr": True}, {"lr": None})
    assert found("lr ~ 0.00*", runs) == [1]
    assert found("lr ~ T*", runs) == [3]
    assert found("lr !~ 0.00*", runs) == [2, 3]


def test_a_mark_is_also_found_below_it() -> None:
    runs = table_of({"marks": ("paper/table1",)}, {"marks": ("paper", "best")}, {"marks": ("papers",)}, {})
    assert found("mark = paper", runs) == [1, 2]
    assert found("marks = paper/table1", runs) == [1]
    assert found("mark != paper", runs) == [3, 4]
    assert found("not mark = paper", runs) == [3, 4]
    assert found("mark in (best, papers)", runs) == [2, 3]
    assert found("mark not in (best, papers)", runs) == [1, 4]
    assert found("mark ~ 'paper/*'", runs) == [1]
    assert found("mark !~ paper*", runs) == [4]
    assert found("mark is missing", runs) == [4]
    assert found("mark is not missing", runs) == [1, 2, 3]


def test_a_tag_is_found_as_it_was_given() -> None:
    runs = table_of({"tags": ("a/b", "2026")}, {"tags": ("a",)}, {})
    assert found("tag = a", runs) == [2]
    assert found("tags = 2026", runs) == [1]
    assert found("tag ~ a*", runs) == [1, 2]
    assert found("tag is missing", runs) == [3]


def test_states_and_flags_of_ours() -> None:
    runs = table_of(
        {"state": "failed", "facts": {"dirty": True}, "exit_code": 1},
        {"facts": {"dirty": False}, "fails": True, "exit_code": 0},
        {"state": "running"},
    )
    assert found("state = failed", runs) == [1]
    assert found("state in (finished, running)", runs) == [2, 3]
    assert found("state ~ f*", runs) == [1, 2]
    assert found("state != running", runs) == [1, 2]
    assert found("dirty", runs) == [1]
    assert found("dirty = false", runs) == [2]
    assert found("dirty is missing", runs) == [3]
    assert found("fails", runs) == [2]
    assert found("exit_code != 0", runs) == [1]
    assert found("exit_code = '1'", runs) == [1]
    assert found("id in (1, 3) and not id = 3", runs) == [1]


def test_starts_ages_and_durations() -> None:
    runs = table_of({"days": 0.5, "seconds": 30}, {"days": 2, "seconds": 7200.5}, {"days": 40, "seconds": None})
    assert found("age < 1d", runs) == [1]
    assert found("age >= 2d", runs) == [2, 3]
    assert found("age = 2d", runs) == [2]
    assert found("age > 1mo", runs) == [3]
    assert found("duration > 2h", runs) == [2]
    assert found("seconds <= 30", runs) == [1]
    assert found("duration in (30s, 1h)", runs) == [1]
    assert found("duration is missing", runs) == [3]
    assert found("duration = none", runs) == [3]
    assert found("duration != 30", runs) == [2]


def test_a_day_is_one_day_for_every_comparison() -> None:
    midnight = datetime(2026, 11, 1).astimezone()
    noon, evening, after = midnight.replace(hour=12), midnight.replace(hour=23, minute=59), midnight.replace(day=2)
    runs = table_of(*({"started": moment} for moment in (midnight, noon, evening, after)), {"started": None})
    assert found("started = 2026-11-01", runs) == [1, 2, 3]
    assert found("started != 2026-11-01", runs) == [4]
    assert found("started > 2026-11-01", runs) == [4]
    assert found("started >= 2026-11-01", runs) == [1, 2, 3, 4]
    assert found("started < 2026-11-02", runs) == [1, 2, 3]
    assert found("started <= 2026-11-01", runs) == [1, 2, 3]
    assert found("started <= '2026-11-01 12:00'", runs) == [1, 2]
    assert found("started in (2026-11-02, '2026-11-01 23')", runs) == [3, 4]
    assert found("started = 2026-11", runs) == [1, 2, 3, 4]
    assert found("started is missing", runs) == [5]
    assert found("started = none", runs) == [5]


def test_today_is_the_day_of_the_reader() -> None:
    runs = table_of({"days": 0}, {"days": 1}, {"days": 2})
    assert found("started = today", runs) == [1]
    assert found("started >= yesterday", runs) == [1, 2]


def test_a_start_without_a_zone_is_local_time() -> None:
    runs = table_of({"started": datetime(2026, 11, 1, 12)})
    assert found("started = '2026-11-01 12:00'", runs) == [1]


def test_a_name_means_our_own_field_then_a_param_then_a_metric() -> None:
    runs = table_of(
        {"params": {"state": "on", "acc": 1, "metrics.odd": 5}, "values": {"acc": 0.5, "loss": 2, "params.odd": 6}},
    )
    assert found("state = finished", runs) == [1]
    assert found("params.state = on", runs) == [1]
    assert found("acc = 1", runs) == [1]
    assert found("metrics.acc = 0.5", runs) == [1]
    assert found("loss = 2", runs) == [1]
    assert found("metrics.odd = 5", runs) == [1]
    assert found("params.odd = 6", runs) == [1]


def test_odd_names_of_params_are_asked_for_in_quotes() -> None:
    names = ["train acc", "a=b", "not", "3", "it's", 'say "hi"', "ä/ö-ü.x:y", "(", "\n", "params."]
    runs = params_of(*({name: 1} for name in names))
    for place, name in enumerate(names, start=1):
        for quote in "'\"`":
            assert found(f"{quote}{name.replace(quote, quote * 2)}{quote} = 1", runs) == [place]


def test_a_field_of_one_run_alone_is_known() -> None:
    runs = params_of({"x": 1}, *({"y": 2} for _ in range(300)))
    assert found("x = 1", runs) == [1]
    with pytest.raises(InvalidQuery, match="no run has the field 'z'"):
        found("z = 1", runs)


def test_values_that_no_run_can_have_are_refused_even_without_runs() -> None:
    with pytest.raises(InvalidQuery, match="close to it: failed"):
        found("state = faield", table_of())


def test_what_is_compared_is_not_refused_where_one_run_could_answer() -> None:
    assert found("x < abc", params_of({"x": 1}, {"x": "zzz"})) == []
    assert found("x", params_of({"x": 1}, {"x": False})) == []
    assert found("x > 3", params_of({"x": None}, {})) == []


def test_a_query_is_answered_by_runs_on_disk(root: Path) -> None:
    make_run(root, {"lr": 0.1, "model": "resnet"}, marks=["paper/a"])
    make_run(root, {"lr": 1e-4, "model": "vit"}, state="failed", exit_code=1)
    make_run(root, {"lr": 1e-4, "out": "a b"}, label="odd", seconds=7300.0)
    there = Root(root)
    runs = table.build(str(root), list(rows.read(there.runs(), rows.marks_of(str(root)))))
    runs.marked = rows.marks_of(str(root))

    def ids(text: str) -> list[int]:
        matches = language.parse(text).matches(runs, START.timestamp() + 3599)
        return [run.id for run, one in zip(there.runs(), matches, strict=True) if one]

    assert ids("lr < 0.01 and not state = failed") == [3]
    assert ids("model ~ res* or exit_code != 0") == [1, 2]
    assert ids("mark = paper") == [1]
    assert ids("label = odd and duration > 2h and out = 'a b'") == [3]
    assert ids("age <= 1h and host = tower and user = ada") == [1, 2, 3]
    assert ids("model is missing") == [3]
