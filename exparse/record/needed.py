"""``--needed``: the finished run that an equal one would only repeat, found before anything is written."""

from __future__ import annotations

import os

from exparse.errors import DamagedFile, ExparseError
from exparse.format import params
from exparse.record import facts as known
from exparse.record import findings, unlikeness
from exparse.record.runner import runner
from exparse.record.say import say
from exparse.store import files, layout, select
from exparse.store.run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from exparse.record.record import Record
    from exparse.record.wish import Wish

    Code = Callable[[], dict[str, Any] | None]

ALL = "all"
_FINISHED = "finished"
_SAME = ("command", "rest", "by")


def end_if_done(root: str, record: Record, wish: Wish) -> None:
    """End the program, well and with nothing written, where an equal run has finished; it is named on stderr.

    Args:
        root: Absolute path of the root.
        record: What the run would say.
        wish: ``needed`` and ``tmp`` are looked at.

    Raises:
        SystemExit: With 0, where there is such a run.
    """
    misses: list[str] = []
    found = equal(root, record, wish, known.script(), lambda: findings.code(root, record.secrets), misses)
    if found is None:
        if misses:
            say(f"exparse: --needed: {misses[0]}")
        return
    unknown = sorted(record.omitted)
    if record.facts.get("by") == "argv" and any(known.MASK in word for word in record.facts["argv"]):
        unknown.append("a secret argument")
    told = f"; not recorded, so not compared: {', '.join(unknown)}" if unknown else ""
    say(f"exparse: run {found.id} has done this (finished {_ago(found)}{told}): {found.folder}")
    raise SystemExit(0)


def equal(
    root: str, record: Record, wish: Wish, script: str | None, code: Code, misses: list[str] | None = None
) -> Run | None:
    """Return the newest finished run that has done what a new one would do, or None.

    Equal are the params, as far as they are recorded, what is left out of them and why, script, sub-commands, what
    ``parse_known_args`` handed back, the working folder and ``PYTHONPATH``, the content of input files, and the code
    unless ``wish.needed`` is ``params``. Only runs that ended with exit code 0 count, and whose output files are what
    they left; those in ``tmp/`` only for one that would lie there.

    Args:
        root: Absolute path of the root.
        record: What the new run would say.
        wish: ``needed`` and ``tmp`` are looked at.
        script: The main script, or None.
        code: Returns the state of the code now (:func:`exparse.code.git.state`); called at most once.
        misses: Takes why runs do not count that have the same params, the newest first.
    """
    place = layout.TMP if wish.tmp else layout.RUNS
    head, lines = _parts(record.params_text())
    asked: list[dict[str, Any] | None] = []
    misses = [] if misses is None else misses

    def once() -> dict[str, Any] | None:
        if not asked:
            asked.append(code())
        return asked[0]

    strange = unlikeness.of_new(record, has_code=script is not None or wish.needed != ALL or _now() is not None)
    if strange:
        # Where a parse comes, it knows more, and says it.
        misses += [strange] if wish.whole else []
        return None
    for name in reversed(select.names(root, place)):
        run = Run(root, name, place)
        try:
            text = files.read_text(f"{run.folder}/{layout.PARAMS}", params.MAX_BYTES)
            if len(lines) != text.count("\n") or _parts(text)[1] != lines:
                continue
            if _head(_parts(text)[0]) == _head(head) and _has_done(run, record, script):
                why = unlikeness.of_inputs(run, record) or unlikeness.of_outputs(run)
                if not why and wish.needed == ALL:
                    why = unlikeness.of_arguments(run) or _other_code(run, once, record.secrets)
                if not why:
                    return run
                misses.append(f"run {run.id} does not count: {why}")
        except (ExparseError, OSError):
            continue  # a run that cannot be read has done nothing that anybody could use
    return None


def _parts(text: str) -> tuple[str, list[str]]:
    """Return the first line of a ``params.yaml``, and the others in an order of their own."""
    head, _, rest = text.partition("\n")
    return head, sorted(rest.split("\n"))


def _head(line: str) -> dict[str, Any]:
    """Return what the first line says, but for the version of the format."""
    import json

    try:
        told = json.loads(line.removeprefix(params.HEADER))
    except ValueError:
        return {"not as we write it": line}
    return {key: value for key, value in told.items() if key != "format"} if isinstance(told, dict) else {}


def _has_done(run: Run, record: Record, script: str | None) -> bool:
    status = run.status
    # Of a run that its program ended itself, no exit code is known.
    if status.state != _FINISHED or status.exit_code or any(told.endswith("(exec)") for told in status.remarks):
        return False
    told = run.metadata
    facts = record.facts
    if told.get("script") != script or any((told.get(name) or None) != (facts.get(name) or None) for name in _SAME):
        return False
    if not unlikeness.has_surroundings(told, record):
        return False
    if _target(told.get("runner")) != _now() or _omitted_given(told, record) != _omitted_given(facts, record):
        return False
    return script is not None or told.get("prog") == facts.get("prog")


def _omitted_given(told: dict[str, Any], record: Record) -> set[str]:
    """Return which of the params that are not recorded the command line gave."""
    given = told.get("given")
    return record.omitted.keys() & set(map(str, given)) if isinstance(given, list) else set()


def _target(told: Any) -> Any:
    """Return which module or command ``exparse run`` ran; None for a script, which needs nobody to run it."""
    kind = told.get("kind") if isinstance(told, dict) else None
    return (kind, told.get("target")) if kind in ("module", "command") else None


def _now() -> Any:
    run_by = runner()
    return _target(run_by.facts()) if run_by is not None else None


def _other_code(run: Run, code: Code, secrets: list[str]) -> str:
    """Return in which way the code is another than a run's, or why nobody knows; "" where it is the same."""
    from exparse.record import attempts

    if run.metadata.get("by") == "argv" and (_target(run.metadata.get("runner")) or ("",))[0] == "command":
        if not _is_same_program(run):
            return "its program has changed"
        if run.metadata.get("git") is None and code() is None:
            return ""  # nothing is known of the code of a command but its program
    earlier, now = run.metadata.get("git"), code()
    other = attempts.other_code(run, code)
    if other is not None:
        return other
    if isinstance(earlier, dict) and now is not None:
        # What git could not say then, or cannot say now, is not known to be the same.
        is_told = earlier.get("commit") and not earlier.get("problem") and not now.get("problem")
        return "" if is_told else "git does not say what its code was, or what it is now"
    return "" if _is_same_source(run, secrets) else "its sources have changed, or were not kept"


def _is_same_program(run: Run) -> bool:
    """Return whether the program of a command has not changed since a run of it began."""
    import shutil

    script = run.metadata.get("script")
    path = script if isinstance(script, str) else shutil.which(str(_target(run.metadata["runner"])[1]))
    began, changed = unlikeness.moment(run.status.started), unlikeness.last_change(path or "")
    return began is not None and changed is not None and changed <= began


def _is_same_source(run: Run, secrets: list[str]) -> bool:
    """Return whether the files that a run without git kept of its code hold the same now."""
    from exparse.code import masking, sources

    kept = run.metadata.get("source")
    if not isinstance(kept, dict) or kept.get("left_out"):
        return False
    try:
        then = sources.read(f"{run.folder}/{layout.SOURCE}")
        here = findings.where()
        for name, data in then.items():
            with open(os.path.join(here, name), "rb") as stream:
                # As much as could be in there, and one byte more.
                if masking.masked(stream.read(len(data) * 2 + 1_000_000), secrets) != data:
                    return False
    except (DamagedFile, OSError):
        return False
    return bool(then)


def _ago(run: Run) -> str:
    from datetime import datetime, timezone

    try:
        then = datetime.fromisoformat(str(run.status.ended))
        seconds = max(0, round((datetime.now(timezone.utc) - then).total_seconds()))
    except (ValueError, TypeError):
        return "at a time that is not known"
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            number = seconds // size
            return f"{number} {unit}{'' if number == 1 else 's'} ago"
    return "just now"
