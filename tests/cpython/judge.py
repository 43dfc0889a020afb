"""CPython's own tests of argparse, run with ExParser in the place of ArgumentParser.

``python tests/cpython/judge.py [--mode hidden|raw|unrecorded]...`` runs ``test.test_argparse`` of the running
interpreter, each time in a process of its own whose working folder and root lie in a temporary folder:

hidden
    Own options are kept out of help and usage (``show_own_options = False``). Every case must pass.
raw
    ExParser as it comes. Every case about parsing must pass.
unrecorded
    As hidden, with ``EXPARSE_RECORD=0``. Every case must pass. (The other two record each parse.)

What is "about parsing" is decided by an experiment and by nobody's opinion. A *control* class, which is plain
argparse but for four more options that exist only in the texts of its help and usage, runs the same cases.
A case is about texts if, and only if, plain argparse passes it and the control fails it: more words in help
or usage are enough to fail it. All others are about parsing. So a raw failure is excused when its case is
about texts and passes hidden; nothing else is. Left out, and counted, are cases that plain argparse fails on
this machine, and cases that skip themselves (those about unreadable files do, for root).

Exit codes: 0 all is as it must be, or this interpreter has no test package (that is said); 1 otherwise.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent.parent
MODES = ("hidden", "raw", "unrecorded")
SHOWN_FAILURES = 15
SHOWN_LINES = 8
LONGEST_RUN_S = 300

Outcomes = dict[str, str]
"""What became of each case, by its id: ``""`` when it passed, ``"skipped: ..."``, or how it failed."""


class Protocol(unittest.TestResult):
    """Keeps one outcome for each case; the first failure of its sub-tests is its outcome."""

    def __init__(self) -> None:
        super().__init__()
        self.outcomes: Outcomes = {}

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self.outcomes[test.id()] = ""

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        self.outcomes[test.id()] = f"skipped: {reason}"

    def addError(self, test: unittest.TestCase, err: Any) -> None:
        super().addError(test, err)
        self._fail(test, err)

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:
        super().addFailure(test, err)
        self._fail(test, err)

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._fail(test, err)

    def _fail(self, test: unittest.TestCase, err: tuple[type, BaseException, TracebackType | None]) -> None:
        # A failing setUpModule or setUpClass arrives as a case that was never started: it is kept as well.
        self.outcomes[test.id()] = self.outcomes.get(test.id()) or f"{err[0].__name__}: {err[1]}"


def control_of(base: type[argparse.ArgumentParser]) -> type[argparse.ArgumentParser]:
    """Return ``base`` with four options that exist in its texts only, and only on the top-level parser."""

    class Control(base):  # type: ignore[misc,valid-type]
        has_more_words = True

        def add_subparsers(self, **kwargs: Any) -> Any:
            action = super().add_subparsers(**kwargs)
            add_parser = action.add_parser

            def add_quiet_parser(*args: Any, **kwargs: Any) -> Any:
                parser = add_parser(*args, **kwargs)
                parser.has_more_words = False
                return parser

            action.add_parser = add_quiet_parser
            return action

        def format_usage(self) -> str:
            return self._with_more_words(super().format_usage)

        def format_help(self) -> str:
            return self._with_more_words(super().format_help)

        def _with_more_words(self, format_text: Any) -> str:
            if not self.has_more_words:
                return format_text()
            group = argparse._ArgumentGroup(self, "more options")
            dash = self.prefix_chars[0] * 2
            more: list[argparse.Action] = [
                argparse._StoreAction([f"{dash}config"], "c", metavar="FILE-OR-RUN", type=str, help="words"),
                argparse._StoreAction([f"{dash}name"], "n", metavar="NAME", type=str, help="words"),
                argparse._StoreTrueAction([f"{dash}tmp"], "t", help="words"),
                argparse._StoreTrueAction([f"{dash}no-record"], "r", help="words"),
            ]
            actions, groups = self._actions, self._action_groups
            group._group_actions = more
            self._actions, self._action_groups = [*actions, *more], [*groups, group]
            try:
                return format_text()
            finally:
                self._actions, self._action_groups = actions, groups

    return Control


def stand_in(mode: str, name: str) -> type[argparse.ArgumentParser]:
    """Return the class that takes ArgumentParser's place; it keeps the name, which its repr() tells."""
    if mode == "plain":
        return argparse.ArgumentParser
    if mode == "control":
        base = control_of(argparse.ArgumentParser)
        return type("ArgumentParser", (base,), {})
    module, _, attribute = name.partition(":")
    base = getattr(importlib.import_module(module), attribute)
    return type("ArgumentParser", (base,), {"show_own_options": mode == "raw"})


def run_inside(mode: str, name: str, report: Path) -> None:
    """Run all cases in this process, the class in its place, and write the outcomes to ``report`` as JSON."""
    sys.path.append(str(CHECKOUT))
    # argparse itself must keep its own class, whose methods look it up there by name for super(). So the
    # tests, and only they, get a module that differs in this one name.
    facade = ModuleType("argparse", argparse.__doc__)
    facade.__dict__.update(vars(argparse))
    facade.ArgumentParser = stand_in(mode, name)  # type: ignore[attr-defined]
    sys.modules["argparse"] = facade
    test_argparse = importlib.import_module("test.test_argparse")

    protocol = Protocol()
    unittest.defaultTestLoader.loadTestsFromModule(test_argparse).run(protocol)
    report.write_text(json.dumps(protocol.outcomes), encoding="utf-8")


def outcomes_of(mode: str, name: str = "exparse:ExParser") -> tuple[Outcomes, int]:
    """Run all cases in a new process; return their outcomes and how many runs were recorded."""
    with tempfile.TemporaryDirectory(prefix="exparse-judge-") as folder:
        report = Path(folder, "report.json")
        work = Path(folder, "work")
        work.mkdir()
        root = Path(folder, "exruns")
        environment = {key: value for key, value in os.environ.items() if not key.startswith("EXPARSE_")}
        environment["EXPARSE_ROOT"] = str(root)
        if mode == "unrecorded":
            environment["EXPARSE_RECORD"] = "0"
        inside = [sys.executable, __file__, "--inside", str(report), "--mode", mode, "--parser", name]
        answer = subprocess.run(
            inside,
            cwd=work,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="backslashreplace",
            timeout=LONGEST_RUN_S,
        )
        if not report.exists() or answer.returncode:
            raise RuntimeError(
                f"the tests did not run to their end ({mode}, exit code {answer.returncode}):\n"
                f"{answer.stdout}{answer.stderr}"
            )
        recorded = len(list(root.glob("runs/*")))
        return json.loads(report.read_text(encoding="utf-8")), recorded


def failed(outcomes: Outcomes) -> set[str]:
    """Return the cases that failed; a skipped one did not."""
    return {case for case, outcome in outcomes.items() if outcome and not outcome.startswith("skipped: ")}


class Judge:
    """Holds what plain argparse and the control do, and judges a class by it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.wrong = 0
        self.plain, _ = outcomes_of("plain")
        control, _ = outcomes_of("control")
        # What plain argparse itself does not pass, on this machine, says nothing about anybody else.
        self.cases = {case for case, outcome in self.plain.items() if outcome == ""}
        self.about_texts = self.cases & failed(control)
        self.hidden: Outcomes | None = None

    def judge(self, mode: str) -> None:
        """Run one mode, print its counts and each failure that is not excused, and remember these."""
        outcomes, recorded = outcomes_of(mode, self.name)
        if mode == "hidden":
            self.hidden = outcomes
        asked = self.cases - self.about_texts if mode == "raw" else self.cases
        # A case that was lost, or newly skipped, has not been passed.
        passed = {case for case in self.cases if outcomes.get(case) == ""}
        if mode == "raw":
            excused = (self.about_texts - passed) & self._passed_hidden()
            not_excused = self.cases - passed - excused
            told = f"{len(asked & passed)} of {len(asked)} about parsing raw"
            told += f" ({len(passed)} of all; {len(excused)} differ in texts only)"
        else:
            not_excused = self.cases - passed
            told = f"{len(passed)} of {len(asked)} {mode}"
        print(f"{told}; {recorded} runs recorded")
        for case in sorted(not_excused)[:SHOWN_FAILURES]:
            print(f"  FAILED {case.removeprefix('test.test_argparse.')}")
            lines = outcomes.get(case, "did not run").splitlines()[:SHOWN_LINES]
            print(*(f"    {line[:200]}" for line in lines), sep="\n")
        if len(not_excused) > SHOWN_FAILURES:
            print(f"  and {len(not_excused) - SHOWN_FAILURES} more")
        self.wrong += len(not_excused)
        if (recorded == 0) != (mode == "unrecorded"):
            print(f"  FAILED {mode} recorded {recorded} runs")
            self.wrong += 1

    def _passed_hidden(self) -> set[str]:
        if self.hidden is None:
            self.hidden, _ = outcomes_of("hidden", self.name)
        return {case for case in self.cases if self.hidden.get(case) == ""}


def main() -> int:
    """Read the command line, judge, and return an exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--mode", action="append", help=f"any of {', '.join(MODES)}; all of them by default")
    parser.add_argument("--parser", default="exparse:ExParser", metavar="MODULE:CLASS")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    modes = args.mode or list(MODES)
    if args.inside:
        run_inside(modes[0], args.parser, args.inside)
        return 0
    if set(modes) - set(MODES):
        parser.error(f"no such mode; there are {', '.join(MODES)}")
    version = sys.version.split()[0]
    if importlib.util.find_spec("test") is None or importlib.util.find_spec("test.test_argparse") is None:
        print(f"Python {version} comes without its test package: not judged by CPython's test_argparse")
        return 0
    judge = Judge(args.parser)
    texts = len(judge.about_texts)
    print(f"Python {version}: {len(judge.cases)} cases of test_argparse, {texts} of them about texts")
    left_out = len(judge.plain) - len(judge.cases)
    if left_out:
        broken = len(failed(judge.plain))
        print(f"left out: {left_out - broken} that skip themselves here, {broken} that fail with plain argparse")
    for mode in modes:
        judge.judge(mode)
    return 1 if judge.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
