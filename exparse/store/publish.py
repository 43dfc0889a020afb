"""How a run comes to be: staged where no reader looks, moved into place whole, linked last."""

from __future__ import annotations

import os
import time
from contextlib import suppress

from exparse.errors import ExparseError, RootError
from exparse.format import version
from exparse.store import counter, files, layout, marks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Contents = Callable[[int, str], dict[str, str]]

_ROUNDS = 5
_WAYS_OUT = "Choose another root (EXPARSE_ROOT=FOLDER), run unrecorded (--no-record), or set EXPARSE_RECORD=try"


def prepare(root: str) -> None:
    """Make a root, or what is missing of one.

    Raises:
        OSError: If it cannot be made.
        DamagedFile: If its ``exparse.json`` says no format.
        UnsupportedFormat: If its format is another major.
    """
    marker = f"{root}/{layout.MARKER}"
    try:
        said = files.read_text(marker, 1_000_000)
    except FileNotFoundError:
        os.makedirs(root, exist_ok=True)
        # Only a folder that is all ours ignores itself: a user's own folder stays as it is in git.
        if layout.OWN.issuperset(os.listdir(root)):
            _write_once(f"{root}/{layout.IGNORE}", "# Runs recorded by exparse; this folder ignores itself.\n*\n")
        _make_folders(root)
        _write_once(marker, f'{{"format": "{version.FORMAT_TEXT}"}}\n')
        return
    version.check_root(said, marker)


def _make_folders(root: str) -> None:
    for name in layout.FOLDERS:
        files.make_folder(f"{root}/{name}")


def _write_once(path: str, text: str) -> None:
    if not os.path.lexists(path):
        files.replace(path, text)


def publish(
    root: str,
    contents: Contents,
    started: time.struct_time,
    label: str | None = None,
    tmp: bool = False,
    zfill: int = layout.ZFILL,
    automarks: Iterable[str] = (),
) -> tuple[int, str]:
    """Make a run visible, whole, or not at all.

    Args:
        root: The root, as an absolute path; made if it is missing.
        contents: Gets number and name, returns the text of each file of the run by its name.
        started: Local start time, for the name.
        label: What follows number and time in the name.
        tmp: Whether the run goes to ``tmp/``, without an index link and marks.
        zfill: Least digits of the number in the name.
        automarks: Marks of the run, checked.

    Returns:
        Number and name of the run.

    Raises:
        RootError: With the path, what the system said, and the ways out; nothing of the run is left then.
    """
    try:
        for _ in range(_ROUNDS):
            try:
                prepare(root)
                return _publish(root, contents, started, label, tmp, zfill, automarks)
            except FileNotFoundError:
                # Somebody removed a folder of the root since it was made, or all of it.
                with suppress(FileNotFoundError):
                    _make_folders(root)
        prepare(root)
        _make_folders(root)
        return _publish(root, contents, started, label, tmp, zfill, automarks)
    except OSError as problem:
        if isinstance(problem, ExparseError):
            raise
        raise RootError(root, f"cannot record here: {reason(problem)}", _WAYS_OUT) from problem


def reason(problem: OSError) -> str:
    """Return what the system said, with the file it said it of."""
    said = problem.strerror or str(problem)
    return f"{said} ({problem.filename})" if problem.filename else said


def _publish(
    root: str,
    contents: Contents,
    started: time.struct_time,
    label: str | None,
    tmp: bool,
    zfill: int,
    automarks: Iterable[str],
) -> tuple[int, str]:
    number = counter.claim(root)
    name = layout.run_name(number, started, label, zfill)
    staged = f"{root}/{layout.STAGING}/{number}-{os.getpid()}-{os.urandom(8).hex()}"
    final = f"{root}/{layout.TMP if tmp else layout.RUNS}/{name}"
    files.make_folder(staged)
    moved = False
    try:
        for file_name, text in contents(number, name).items():
            files.write_new(f"{staged}/{file_name}", text)
        files.move(staged, final)
        moved = True
        if not tmp:
            files.link(f"../{layout.RUNS}/{name}/{layout.PARAMS}", f"{root}/{layout.INDEX}/{name}.yaml")
            for mark in automarks:
                marks.add(root, mark, name, layout.RUNS)
    except OSError:
        # What lies at the final place without having been moved there is not ours.
        withdraw(root, name, final) if moved else _discard(staged)
        raise
    return number, name


def _discard(staged: str) -> None:
    try:
        files.remove_tree(staged)
    except OSError:
        return  # no reader looks there


def withdraw(root: str, name: str, final: str) -> None:
    """Take back a run that must not have been: out of sight in one step, then away."""
    staged = f"{root}/{layout.STAGING}/withdrawn-{os.getpid()}-{os.urandom(8).hex()}"
    try:
        if os.path.isdir(final):
            os.rename(final, staged)
        files.remove_quietly(f"{root}/{layout.INDEX}/{name}.yaml")
        marks.drop_everywhere(root, name)
        files.remove_tree(staged)
    except OSError:
        # What could not be removed lies under a staging name, which no reader takes for a run.
        return
