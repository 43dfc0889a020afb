"""The refusal of a name that stands for nothing."""

from __future__ import annotations

from exparse.query.unknown import METRIC, UnknownField


def test_what_is_close_is_told_before_all_else() -> None:
    problem = UnknownField("acuracy", ["loss", "accuracy"], METRIC)
    assert str(problem) == "no metric 'acuracy' among these runs. Close to it: accuracy"
    assert problem.name == "acuracy" and isinstance(problem, LookupError)


def test_where_nothing_is_close_it_says_what_there_is() -> None:
    many = [f"metric{number}" for number in range(9)]
    assert str(UnknownField("x", many, METRIC)).endswith("There is " + ", ".join(many[:8]) + ", ...")
    assert str(UnknownField("x", ["loss"], METRIC)).endswith("runs. There is loss")
    assert str(UnknownField("x", [], METRIC)).endswith("They have none")
    assert str(UnknownField("xyz", ["lr"], "column")).endswith(
        "`exparse ls -n 1 --columns '*' --metrics all` shows what there is"
    )
