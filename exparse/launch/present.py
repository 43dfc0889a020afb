"""What differs now from what a run's files say: code, program, interpreter, packages, machine, inputs and such."""

from __future__ import annotations

import os
import sys
import time

from exparse.code.machine import Machine
from exparse.errors import ExparseError
from exparse.launch import consent, inputs_now, interpreter, packages_now, program_now, typed
from exparse.launch.unlike import Unlike
from exparse.query.told import Told
from exparse.record import role, surroundings
from exparse.record.facts import MASK
from exparse.record.names import says_secret
from exparse.store import liveness

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from exparse.code.trees import CodeNow
    from exparse.launch.places import Places
    from exparse.store.run import Run

NONE = "none"
_LONGEST_MACHINE_S = 1.0
_DIFFERS, _UNKNOWN = "differs", "unknown"
# The interpreter and its packages say what these do.
_OF_INTERPRETER = frozenset(("CONDA_DEFAULT_ENV", "VIRTUAL_ENV"))


def differences(
    run: Run, code: CodeNow | None, python: str, cwd: str, places: Places | None = None, tree: str | None = None
) -> list[Unlike]:
    """Return what differs now from what was when a run was made.

    Args:
        run: The run.
        code: How the code here compares with the recorded one; None where the recorded code is what will run.
        python: The interpreter that is to run it.
        cwd: The folder in which it is to run.
        places: Where recorded folders lie now; None where they are.
        tree: Folder in which the recorded code is laid out; None where there is none.

    Reads the run's ``metadata.json`` and ``packages.txt``, folders of installed packages, and inputs whose time has
    changed; asks git whether it ignores a program that has. Another interpreter than ours is started once.
    """
    try:
        told = Told(run.metadata)
    except (ExparseError, OSError) as problem:
        return [Unlike("metadata", "", f"cannot be read: {problem}")]
    machine = Machine(asks=bool(told.texts("gpus")))
    return [
        *_code(code),
        *program_now.unlike(run, told, places.moved if places is not None else str, tree),
        *_python(run, told, python, cwd, places),
        *_machine(told, machine),
        *(_variables(run, told.part("environment")) if "environment" in told.fields else ()),
        *_inputs(run, told.part("inputs"), places),
        *_launcher(told),
    ]


def _inputs(run: Run, told: Told, places: Places | None) -> Iterator[Unlike]:
    """Yield the inputs that differ; what is named from the working folder is read where that lies now, or nowhere."""
    fixed = _absolute(run)

    def now(path: str) -> str:
        is_fixed = told.part(path).text("param") in fixed
        return path if places is None else _moved(path, places) if is_fixed else places.moved(path)

    yield from inputs_now.unlike(told, now)


def _absolute(run: Run) -> set[str]:
    """Return the names of the params that hold an absolute path: a program may still look there."""
    try:
        params = run.params.items()
    except (ExparseError, OSError):
        return set()  # that it is damaged is said elsewhere
    return {name for name, value in params if any(map(_is_absolute, value if isinstance(value, list) else [value]))}


def _is_absolute(value: object) -> bool:
    return isinstance(value, str) and os.path.isabs(value)


def _moved(path: str, places: Places | None) -> str:
    moved = places.moved(path) if places is not None else path
    return moved if os.path.lexists(moved) else path


def _code(code: CodeNow | None) -> Iterator[Unlike]:
    if code is None or code.kind not in (_DIFFERS, _UNKNOWN):
        return
    # It is told in one line: "commit 13d987e, here 77ab012 with 2 files changed".
    was, here, now = code.told.partition(", here ")
    if here:
        yield Unlike("code", was, now)
    else:
        yield Unlike("code", "", code.told or code.kind)


def _python(run: Run, told: Told, python: str, cwd: str, places: Places | None) -> Iterator[Unlike]:
    was = told.text("executable")
    if was and os.path.normpath(was) != os.path.normpath(python):
        yield Unlike("interpreter", was, python)
    found = interpreter.look_at(python)
    if found is None:
        yield Unlike("python", told.text("python"), f"{python} does not say")
        return
    if told.text("python") and told.text("python") != found.version:
        yield Unlike("python", told.text("python"), found.version)
    yield from packages_now.unlike(run.folder, [*_beside(told, cwd, places), *found.path])


def _beside(told: Told, cwd: str, places: Places | None) -> list[str]:
    """Return the folder that stands first where a program looks for modules: that of its script, or its own."""
    script = told.text("script")
    if not script or typed.take_apart(told.texts("typed")).kind == typed.MODULE:
        return [cwd]
    return [_moved(os.path.dirname(script), places)]


def _machine(told: Told, machine: Machine) -> Iterator[Unlike]:
    here = liveness.host()
    if told.text("host") and told.text("host") != here:
        yield Unlike("host", told.text("host"), here)
    if told.text("platform") and told.text("platform") != sys.platform:
        yield Unlike("platform", told.text("platform"), sys.platform)
    found = machine.facts(time.monotonic() + _LONGEST_MACHINE_S)
    if told.text("cpu") and found["cpu"] and told.text("cpu") != found["cpu"]:
        yield Unlike("cpu", told.text("cpu"), found["cpu"])
    if isinstance(told.fields.get("gpus"), list) and sorted(told.texts("gpus")) != sorted(found["gpus"]):
        yield Unlike("gpus", _counted(told.texts("gpus")), _counted(found["gpus"]))


def _counted(names: Sequence[str]) -> str:
    counts = {name: list(names).count(name) for name in names}
    return ", ".join(f"{count} x {name}" if count > 1 else name for name, count in counts.items()) or NONE


def _variables(run: Run, before: Told) -> Iterator[Unlike]:
    now = surroundings.variables()
    # A run that somebody else wrote may name any variable of ours.
    is_ours = consent.stranger(run) is None
    more = [name for name in before.fields if name in os.environ and name not in now]
    now |= {name: os.environ[name] if is_ours and not says_secret(name) else MASK for name in more}
    for name in dict.fromkeys((*before.fields, *now)):
        was, here = before.text(name), now.get(name, "")
        if name in _OF_INTERPRETER or MASK in was:
            continue
        if was != here or (name in before.fields) != (name in now):
            yield Unlike(name, was if name in before.fields else "not set", here if name in now else "not set")


def _launcher(told: Told) -> Iterator[Unlike]:
    before, seat = told.part("launcher"), role.seat()
    was = _parallel(before.text("kind"), before.whole("world")) if before else NONE
    now = _parallel(seat.kind, seat.world) if seat is not None else NONE
    if was != now:
        yield Unlike("launcher", was, "one process" if now == NONE else now)
    here = Told(surroundings.scheduler())
    was, now = (_scheduled(part) for part in (told.part("scheduler"), here))
    if was != now:
        yield Unlike("scheduler", was, now)


def _parallel(kind: str, world: int | None) -> str:
    if world is None:
        return kind
    return f"{kind} with {world:,} process{'' if world == 1 else 'es'}"


def _scheduled(told: Told) -> str:
    return ", ".join(filter(None, (told.text("kind"), told.text("partition") or told.text("queue")))) or NONE
