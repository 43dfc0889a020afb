"""What is found out beside the program's start (code, packages, machine), asked for here and folded in at the end."""

from __future__ import annotations

import os
import sys

from exparse.errors import DamagedFile, ExparseError
from exparse.record import place
from exparse.record.order import order
from exparse.store import files, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from exparse.record.inputs import Files

# All that the recorder itself puts into a run: a folder with nothing else may be taken back.
OURS = frozenset(
    (
        layout.PARAMS,
        layout.METADATA,
        layout.STATUS,
        layout.KILLED,
        layout.FACTS,
        layout.PATCH,
        layout.PACKAGES,
        layout.SOURCE,
        layout.CELLS,
        *layout.LOGS,
    )
)


def where() -> str:
    """Return the folder whose code runs: that of the main script, else the working folder; "/" if that is gone.

    For a console script it is that of the module which it calls, if that is worked on in place.
    """
    script = place.main_script()
    try:
        if script is None:
            return os.getcwd()
        folder = os.path.dirname(script)
        if folder != os.path.dirname(sys.executable):
            return folder
    except OSError:
        return os.sep
    from exparse.record import console

    return console.folder() or folder


def ask(
    folder: str, root: str, secrets: list[str], source: bool, named: Files | None = None, began: float | None = None
) -> dict[str, Any]:
    """Return what the scribe is to find out (:func:`exparse.code.spawn.start`)."""
    here = where()
    inputs = {"inputs": named.asked()} if named is not None and named.inputs else {}
    return {
        "folder": folder,
        "root": root,
        "where": here,
        "script": place.main_script(),
        "stands_for": _stands_for(),
        "path": [os.path.abspath(path) for path in sys.path if isinstance(path, str)],
        "imported": imported(here),
        "secrets": secrets,
        "source": source,
        "began": None if began is None else repr(began),
        **inputs,
    }


def _stands_for() -> str | None:
    """Return what the scribe is to say of the code in a tree that was laid out for this run: JSON, or None."""
    told = order()
    if told.tree is None:
        return None
    import json

    return json.dumps({"tree": told.tree, "top": told.top, "git": told.git})


def imported(below: str) -> list[str]:
    """Return the files below a folder that the program has imported by now."""
    start, found = below.rstrip(os.sep) + os.sep, []
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if isinstance(path, str) and path.startswith(start):
            found.append(path)
    return found


def code(root: str, secrets: list[str]) -> dict[str, Any] | None:
    """Return the state of the code now (:func:`exparse.code.git.state`); asks git, and waits for it."""
    from exparse.code import git

    return git.state(where(), root, secrets)


def check_clean(code: dict[str, Any] | None) -> None:
    """Refuse code that is not exactly a commit.

    Args:
        code: What :func:`exparse.code.git.state` says.

    Raises:
        ExparseError: If the tree differs from its commit, or there is no commit.
    """
    cure = "or run all the same (--git-dirty)"
    if code is None or not code.get("commit"):
        why = "none above it" if code is None else code.get("problem") or "it has no commit"
        raise ExparseError(
            f"--git-clean: there is no git repository with a commit at {where()} ({why}): make one, {cure}"
        )
    if code.get("dirty"):
        names = code.get("changed") or []
        told = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        raise ExparseError(
            f"--git-clean: the tree differs from commit {str(code['commit'])[:12]}: {told}. Commit that, {cure}"
        )


def fold(folder: str, told: dict[str, Any], found: dict[str, Any] | None, named: Files | None = None) -> None:
    """Write into ``metadata.json`` what was found beside the program, once the run is over.

    Args:
        folder: The run's folder.
        told: What the metadata say by now.
        found: What was found; where nothing was, readers lack it, and nothing else is lost. None where nobody looked,
            since this is not the first attempt at the run.
        named: The files that params name; outputs are hashed here.
    """
    ended = _of_files(told, found, named) if named is not None else {}
    if found or ended or "cells" in told:
        from exparse.format import metadata

        files.replace(f"{folder}/{layout.METADATA}", metadata.document({**told, **(found or {}), **ended}))
    if found:
        files.remove_quietly(f"{folder}/{layout.FACTS}")


def _of_files(told: dict[str, Any], found: dict[str, Any] | None, named: Files) -> dict[str, Any]:
    """Return what the metadata say of files in the end; what earlier attempts read and wrote is the run's as well."""
    if found is not None:
        return named.at_end(found.get("inputs", {}) if found else None)
    before = {key: told[key] for key in ("inputs", "outputs") if isinstance(told.get(key), dict)}
    ended = named.at_end(before.get("inputs", {}))
    return {key: {**before.get(key, {}), **ended[key]} for key in ended}


def complete_source(folder: str, ask: dict[str, Any]) -> None:
    """Add what the program has imported since its start to the zip of the source, where there is one.

    Args:
        folder: The run's folder.
        ask: What the scribe was asked at the start.
    """
    found = imported(ask["where"])
    if set(found) - set(ask["imported"]) and os.path.exists(f"{folder}/{layout.SOURCE}"):
        from exparse.code import sources

        sources.complete(ask["where"], f"{folder}/{layout.SOURCE}", found, ask["root"], ask["secrets"])


_IN_THREAD = "Exception in thread "
_MOST_LOOKED_AT = 1 << 20
_MOST_TOLD = 10


def thread_errors(folder: str, start: int = 0) -> list[str]:
    """Return what Python said of exceptions that ended threads: they do not end the program, and nobody else is told.

    Args:
        folder: The run's folder; its ``stderr.log`` is read, the last megabyte of it.
        start: Where this attempt's part of it begins, in bytes.
    """
    try:
        handle, _ = files.open_plain(f"{folder}/{layout.LOGS[1]}")
        with open(handle, "rb") as log:
            log.seek(max(start, os.fstat(log.fileno()).st_size - _MOST_LOOKED_AT))
            lines = log.read().decode("utf-8", "replace").splitlines()
    except (OSError, DamagedFile):
        return []  # nothing was printed there
    found: list[str] = []
    for number, line in enumerate(lines):
        if line.startswith(_IN_THREAD) and len(found) < _MOST_TOLD:
            said = (text for text in lines[number + 1 :] if text[:1].strip() and not text.startswith("Traceback"))
            found.append(
                f"an exception ended thread {line.removeprefix(_IN_THREAD).rstrip(':')}: {next(said, '')}"[:500]
            )
    return found
