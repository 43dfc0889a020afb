"""From a successful parse to its run: setters, validators, then the record, or why there is none."""

from __future__ import annotations

import argparse
import os

from exparse.parse import collect
from exparse.parse.namespace import attach
from exparse.record import place
from exparse.record.begin import begin as begin_run
from exparse.record.live import UnrecordedRun, set_current
from exparse.record.say import say, warn
from exparse.record.wish import Wish, level
from exparse.store import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from exparse.parse.session import Session
    from exparse.record.live import LiveRun
    from exparse.record.record import Record
    from exparse.record.recorder import Recorder


def check(session: Session, namespace: Any) -> None:
    """Run the setters, then the validators, of all parsers that took part.

    Raises:
        argparse.ArgumentError: If a validator refuses; one raised by a setter or validator passes through.
    """
    own = [level.parser._exparse for level in session.levels if hasattr(level.parser, "_exparse")]
    # A parent of both a parser and its sub-command hands the same setter to both.
    setters = list({id(setter): setter for settings in own for setter in settings.setters}.values())
    before = collect.values_of(namespace, session.levels) if setters else {}
    for setter in setters:
        setter(namespace)
    if setters:
        missing = object()
        after = collect.values_of(namespace, session.levels)
        session.changed = {dest for dest, value in after.items() if value is not before.get(dest, missing)}
    for settings in own:
        for validator, message in settings.validators:
            _validate(validator, message, namespace, collect.values_of(namespace, session.levels))


def _validate(validator: Any, message: str, namespace: Any, values: dict[str, Any]) -> None:
    try:
        passed = validator(namespace)
    except argparse.ArgumentError:
        raise
    except Exception as problem:
        told = f"{_filled(message, values)} ({type(problem).__name__}: {problem})"
        raise argparse.ArgumentError(None, told) from problem
    if passed is not None and passed is not True:
        raise argparse.ArgumentError(None, _filled(message, values))


def _filled(message: str, values: dict[str, Any]) -> str:
    try:
        return message.format(**values)
    except (LookupError, ValueError, AttributeError, TypeError):
        return message


def begin(session: Session, namespace: Any, rest: list[str], argv: list[str]) -> LiveRun | UnrecordedRun:
    """Record a successful parse, and hang its run beside the namespace.

    Raises:
        ExparseError: If the run must be recorded and cannot be.
    """
    global _stage
    goes_on = handed_on(argv) is not None
    stage, _stage = _stage, None
    if stage is not None and not goes_on and stage.session.main is not session.main and argv != stage.argv:
        stage = None  # another parser and other arguments: another run
    facts = {"prog": session.main.prog, "argv": argv, "rest": rest, "config": session.sources}
    record = collect.record(namespace, session.levels, session.commands, session.changed, facts)
    if stage is not None and goes_on:
        record = record.after(stage.record)
    run, recorder = _recorded(session, session.main._exparse, record, stage)
    if not session.whole:
        _stage = Stage(session, stage.argv if stage is not None and goes_on else argv, record, recorder)
    set_current(run)
    attach(namespace, run)
    return run


def _recorded(
    session: Session, settings: Any, record: Record, stage: Stage | None
) -> tuple[LiveRun | UnrecordedRun, Recorder | None]:
    if not session.recording or not settings.record:
        why = "record=False" if session.recording else "--no-record"
        return UnrecordedRun(why, record.params), None
    wish = _wish(session, settings, record)
    recorder = stage.recorder if stage is not None else None
    if recorder is not None and recorder.is_there() and recorder.owner == os.getpid():
        earlier = stage.session  # type: ignore[union-attr]
        moved = (session.label, session.tmp) != (earlier.label, earlier.tmp) or wish.resume or wish.run_id
        here = recorder.root == place.resolve(settings.root)
        if here and not (moved and recorder.withdraw()):
            return _taken_over(recorder, record, wish), recorder
    return begin_run(settings.root, record, wish)


def _wish(session: Session, settings: Any, record: Record) -> Wish:
    return Wish(
        label=session.label,
        tmp=session.tmp,
        zfill=settings.zfill,
        automarks=automarks(settings.automark, record.params),
        description=session.description,
        tags=[*settings.tags, *session.tags],
        capture=level(settings.capture),
        source=settings.source,
        git_clean=(settings.git_clean or session.git_clean) and not session.git_dirty,
        resume=session.resume,
        run_id=session.run_id,
        whole=session.whole,
        needed=session.needed,
    )


def _taken_over(recorder: Recorder, record: Record, wish: Wish) -> LiveRun:
    try:
        return recorder.take_over(record, wish)
    except OSError as problem:
        warn(f"run {recorder.number} keeps the params of its first parse: {problem}")
        return recorder.run


class Stage:
    """A parse by ``parse_known_args``: the next parse of the program may go on where it left off.

    Attributes:
        session: The parse.
        argv: Its command line.
        record: What it had to say of the run.
        recorder: The recorder of the run that it began, or None where none is recorded.
    """

    def __init__(self, session: Session, argv: list[str], record: Record, recorder: Recorder | None) -> None:
        self.session, self.argv, self.record, self.recorder = session, argv, record, recorder


_stage: Stage | None = None


def handed_on(argv: list[str]) -> Session | None:
    """Return the ``parse_known_args`` that handed these arguments on as its rest, or None."""
    if _stage is None or argv == _stage.argv:
        return None
    left = list(_stage.argv)
    for arg in argv:
        if arg not in left:
            return None
        left.remove(arg)
    return _stage.session


def begun_folder() -> str | None:
    """Return the folder of the run that ``parse_known_args`` began in this process, or None."""
    return _stage.recorder.folder if _stage is not None and _stage.recorder is not None else None


def doubt_provisional() -> None:
    """Take note that a parse failed after ``parse_known_args`` began a run: a program that ends of it has no run."""
    if _stage is not None and _stage.recorder is not None:
        _stage.recorder.doubt()


def automarks(names: Any, values: dict[str, Any]) -> list[str]:
    """Return the marks of a new run: ``["user", "const"]`` gives ``user/<value of user>/const``.

    A name that is no recorded param (a secret is none) is a level by itself. What may not stand in a path
    becomes ``_``.
    """
    parts: list[str] = []
    for name in [names] if isinstance(names, str) else names:
        parts.append(_level_name(name))
        if name in values:
            parts.append(_level_name(values[name]))
    return [layout.check_mark("/".join(parts))] if parts else []


def _level_name(value: Any) -> str:
    try:
        text = str(value)
    except Exception:  # the value's own code
        text = type(value).__name__
    kept = "".join(char if char.isascii() and (char.isalnum() or char in "._-") else "_" for char in text)
    kept = kept if kept[:1].isalnum() and kept[:1].isascii() else f"0{kept}" if kept[:1] == "." else f"x{kept}"
    return kept[:100].rstrip(".") or "x"


def refuse(prog: str, problem: Exception) -> None:
    """End the program before its own code starts: one line on stderr, exit code 1."""
    say(f"{prog}: error: {problem}")
    raise SystemExit(1)
