"""What is shown of an exception: the program's own frames."""

from __future__ import annotations

import os
import traceback
from types import CodeType
from typing import Any

import exparse
from exparse.errors import ExparseError
from exparse.launch import trace
from exparse.store import layout


def program(deep: int) -> None:
    if deep:
        program(deep - 1)
    try:
        raise KeyError("first")
    except KeyError as problem:
        raise ValueError("second") from problem


def runs() -> CodeType:
    return caught.__code__


def caught(deep: int) -> BaseException:
    try:
        program(deep)
    except ValueError as problem:
        return problem
    raise AssertionError("nothing was raised")


def names(problem: BaseException | None) -> list[str]:
    assert problem is not None
    return [frame.name for frame in traceback.extract_tb(problem.__traceback__)]


def test_all_down_to_the_frame_that_runs_the_program_goes() -> None:
    problem = caught(2)
    assert names(problem) == ["caught", "program", "program", "program"]
    trace.strip(problem, runs())
    assert names(problem) == ["program", "program", "program"]
    assert names(problem.__cause__) == ["program"]


def test_frames_of_ours_go_from_the_causes_as_well() -> None:
    space: dict[str, Any] = {}
    exec(compile("def ours(act): act()", f"{os.path.dirname(exparse.__file__)}/parse/x.py", "exec"), space)

    def fails() -> None:
        raise KeyError("first")

    try:
        try:
            space["ours"](fails)
        except KeyError as first:
            assert "ours" in names(first)
            raise ValueError("second") from first
    except ValueError as problem:
        trace.strip(problem)
        assert names(problem.__cause__)[1:] == ["fails"]


def test_an_exception_without_a_trace_and_a_loop_of_causes_are_no_trouble() -> None:
    one, other = ValueError(1), ValueError(2)
    one.__cause__, other.__context__ = other, one
    trace.strip(one, runs())
    assert one.__traceback__ is None


def test_a_fault_that_we_found_in_a_call_of_the_programs_keeps_where_it_was_found() -> None:
    try:
        layout.check_name("../x", "the tag")
    except ExparseError as problem:
        trace.strip(problem, runs())
        assert names(problem)[0].startswith("test_a_fault")
        assert len(names(problem)) > 1
