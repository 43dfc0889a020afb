"""From a successful parse to its run: setters, validators, then the record, or why there is none."""

from __future__ import annotations

import argparse
import os
import sys

from exparse.errors import ExparseError
from exparse.parse import collect
from exparse.parse.namespace import attach
from exparse.record import arguments, place
from exparse.record.begin import begin as begin_run
from exparse.record.begin import never_records
from exparse.record.leaving import end_in_notebook
from exparse.record.live import UnrecordedRun, set_current
from exparse.record.order import has_parsed, order
from exparse.record.runner import runner
from exparse.record.say import say, warn
from exparse.record.wish import Wish, level
from exparse.store import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from exparse.parse.secrets import Hidden
    from exparse.parse.session import Session
    from exparse.parse.settings import Settings
    from exparse.record.live import LiveRun
    from exparse.record.record import Record
    from exparse.record.recorder import Recorder
    from exparse.record.runner import Runner


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
    goes_on = handed_on(session.main, argv) is not None
    stage, _stage = _stage, None
    if stage is not None and not goes_on and stage.session.main is not session.main and argv != stage.argv:
        stage = None  # another parser and other arguments: another run
    facts = {"prog": arguments.prog(session.main.prog), "argv": argv, "rest": rest, "config": session.sources}
    record = collect.record(namespace, session.levels, session.commands, session.changed, facts)
    if stage is not None and goes_on:
        record = record.after(stage.record)
    if session.recording and session.main._exparse.record and not never_records():
        note_rendered(record, session, argv, rest, stage.session if stage is not None and goes_on else None)
    run_by = runner()
    if run_by is not None:
        run_by.has_parsed(session.whole)
    run, recorder = _recorded(session, session.main._exparse, record, stage)
    if not session.whole:
        _stage = Stage(session, stage.argv if stage is not None and goes_on else argv, rest, record, recorder)
    if recorder is None:
        end_in_notebook(record.secrets)
    set_current(run)
    attach(namespace, run)
    return run


def note_rendered(record: Record, session: Session, argv: list[str], rest: list[str], first: Session | None) -> None:
    """Note the words that give the params without any saved file, where the command line itself is not them.

    Args:
        record: Where they are noted.
        session: The parse.
        argv: Its command line.
        rest: What it handed back.
        first: The parse that left its rest to this one, or None.
    """
    told = session.levels[0].told if session.levels else None
    hidden = told.hidden if told is not None else None
    if not all(isinstance(arg, str) for arg in argv):
        return  # argparse takes a None for an empty argument; no command line says that
    if _is_exact([session] if first is None else [first, session], argv, rest, hidden):
        return
    from exparse.parse import render

    try:
        words = render.rendered(session, argv, rest, hidden, first)
    except (Exception, SystemExit) as problem:  # a type of the user's, asked once more, may do anything
        warn(f"the exact command line of this run is not known: {type(problem).__name__}: {problem}")
        return
    if words is not None:
        record.facts["rendered"] = [hidden.masked(word) if hidden is not None else word for word in words]


def _is_exact(stages: list[Session], argv: list[str], rest: list[str], hidden: Hidden | None) -> bool:
    """Return whether a command line gives the params by itself, as it was typed, and shows no reader an own option."""
    if hidden is not None and (hidden.texts or hidden.words):
        return False
    if any(stage.documents or stage.heard for stage in stages):
        return False
    at = stages[0].main.fromfile_prefix_chars
    if at and any(arg[:1] and arg[0] in at for arg in argv):
        return False
    words = [arg.partition("=")[0] for arg in argv if arg[:2] == "--" != arg]
    if not words:
        return True
    known = {string for stage in stages for level in stage.levels for string in level.parser._option_string_actions}
    known.update(arg.partition("=")[0] for arg in rest)
    return known.issuperset(words)


def _recorded(
    session: Session, settings: Any, record: Record, stage: Stage | None
) -> tuple[LiveRun | UnrecordedRun, Recorder | None]:
    lent = _lent(stage)
    if not session.recording or not settings.record:
        if lent is not None:
            lent.take_back()
        why = "record=False" if session.recording else "--no-record"
        return UnrecordedRun(why, record.params), None
    wish = _wish(session, settings, record)
    if lent is not None:
        if lent.recorder is None and lent.run is not None and lent.run.recorded:
            return lent.run, None  # another rank writes it
        if lent.recorder is not None and _is_ours(lent.recorder):
            here = lent.root is not None or _is_here(lent.recorder, settings)
            if (here and not lent.recorder.wish.differs(wish)) or not lent.take_back():
                return _taken_over(lent.recorder, record, wish), lent.recorder
    recorder = stage.recorder if stage is not None else None
    if recorder is not None and _is_ours(recorder):
        earlier = stage.session  # type: ignore[union-attr]
        moved = (session.label, session.tmp) != (earlier.label, earlier.tmp)
        moved = bool(moved or wish.resume or wish.run_id or wish.needed)
        if _is_here(recorder, settings) and not (moved and recorder.withdraw()):
            return _taken_over(recorder, record, wish), recorder
    # What was said before the program stays said, whichever run it is.
    return begin_run((lent.root if lent is not None else None) or settings.root, record, wish)


def _is_here(recorder: Recorder, settings: Any) -> bool:
    """Return whether a run lies where a parse wants it, or where whoever started the program did."""
    return recorder.root in (order().root, place.resolve(settings.root))


def _is_ours(recorder: Recorder) -> bool:
    return recorder.is_there() and recorder.owner == os.getpid()


def _lent(stage: Stage | None) -> Runner | None:
    """Return who lends the run that began with the program, or waits to begin it; the first parse of ours takes it."""
    run_by = runner()
    if run_by is None or not (run_by.lends or run_by.waits) or stage is not None:
        return None
    run_by.lends = run_by.waits = False
    return run_by


def taken_by_guest(session: Session, settings: Settings, record: Record) -> None:
    """Let the run that began with the program say what a parse by somebody else's parser has found.

    It goes on to be lent: a parser of ours has the last word. One that waits for the parse begins now.
    """
    run_by = runner()
    recorder = run_by.recorder if run_by is not None else None
    if run_by is None or not (_is_ours(recorder) if recorder is not None else run_by.waits):
        return
    wish = _wish(session, settings, record)
    try:
        if recorder is None or (recorder.wish.differs(wish) and run_by.take_back()):
            run, recorder = begin_run(settings.root, record, wish)
            run_by.lend(run, recorder)
            set_current(run)
        else:
            _taken_over(recorder, record, wish, is_sure=session.is_sure)
    except ExparseError as problem:
        refuse(session.main.prog, problem)


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


def _taken_over(recorder: Recorder, record: Record, wish: Wish, is_sure: bool = True) -> LiveRun:
    if is_sure:
        has_parsed()
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
        rest: What it handed back of that.
        record: What it had to say of the run.
        recorder: The recorder of the run that it began, or None where none is recorded.
        cell: The execution of a notebook's cell that it was called in, and the cell's text; None outside of one.
    """

    def __init__(
        self, session: Session, argv: list[str], rest: list[str], record: Record, recorder: Recorder | None
    ) -> None:
        self.session, self.argv, self.rest, self.record, self.recorder = session, argv, rest, record, recorder
        self.cell = _running_cell()


_stage: Stage | None = None


def earlier() -> Session | None:
    """Return the ``parse_known_args`` that came last, or None."""
    return _stage.session if _stage is not None else None


def handed_on(parser: Any, argv: list[str]) -> Session | None:
    """Return the ``parse_known_args`` that handed these arguments on to a parser as its rest, or None."""
    if _stage is None:
        return None
    if argv == _stage.argv and (parser is _stage.session.main or argv != _stage.rest):
        return None  # no rest, but the whole command line once more
    left = list(_stage.argv)
    for arg in argv:
        if arg not in left:
            return None
        left.remove(arg)
    return _stage.session


def begin_anew(parser: Any, argv: list[str], whole: bool) -> None:
    """Forget an earlier ``parse_known_args`` of another cell, unless this parse goes on with its arguments.

    In a notebook the same cell may run once more, or a cell elsewhere parse something else.

    Args:
        parser: The parser that is called.
        argv: The arguments.
        whole: Whether it parses all, or hands a rest back.
    """
    global _stage
    now = _running_cell() if _stage is not None else None
    if _stage is None or now is None or _stage.cell is None or _stage.cell[0] == now[0]:
        return
    is_repeated = now[1] == _stage.cell[1] or (not whole and parser is _stage.session.main)
    # No arguments at all go on with a parse that has left none.
    goes_on = handed_on(parser, argv) is not None and (argv or not _stage.rest)
    if is_repeated or not (goes_on or argv == _stage.argv):
        _stage = None


def _running_cell() -> tuple[int, str] | None:
    if "IPython" not in sys.modules:
        return None
    from exparse.streams import notebook

    found = notebook.running_cell()
    return (len(notebook.history()), found[0]) if found is not None else None


def begun_folder() -> str | None:
    """Return the folder of the run that ``parse_known_args`` began in this process, or None."""
    return _stage.recorder.folder if _stage is not None and _stage.recorder is not None else None


def doubt_provisional() -> None:
    """Take note that a parse failed after ``parse_known_args`` began a run: a program that ends of it has no run."""
    if _stage is not None and _stage.recorder is not None:
        _stage.recorder.doubt.begin()
    run_by = runner()
    if run_by is not None and run_by.lends and run_by.recorder is not None:
        run_by.recorder.doubt.begin()
    if "IPython" in sys.modules:
        from exparse.record import notebook

        notebook.refused()


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
