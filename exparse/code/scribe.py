"""The scribe: finds code, packages and machine of a run, and writes them into the run's folder.

It runs in a process of its own (:mod:`exparse.code.spawn`) and has nobody to tell of a failure: what it cannot find
it says in ``facts.json``, and where that cannot be written either, the run is gone or the disk is full.
"""

from __future__ import annotations

import os
import time

from exparse.code import ask as asking
from exparse.code import beat, git, hashes, packages, sources
from exparse.code.machine import Machine
from exparse.code.masking import masked, masked_facts
from exparse.code.spawn import DONE, LETTER
from exparse.format.text import json_document
from exparse.store import files, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    # By what was looked for: the name of a file, and what it holds.
    Files = dict[str, tuple[str, bytes]]

LONGEST_S = 120
_LONGEST_MACHINE_S = 5.0
# What is true of a commit wherever it is checked out, but known only where its history is.
_OF_COMMIT = ("branch", "describe", "message", "remote", "pushed")


def main() -> None:
    """Do what the letter asks, once, and say so; then keep the run's beat where one is wanted."""
    _leave_everything()
    ask: dict[str, Any] = {}
    try:
        ask = asking.parse(_letter())
        if not ask.get("only_beat"):
            record(ask)
    except OSError:
        return  # the run's folder is gone, or its disk is full
    finally:
        _say_done(stays=bool(ask.get("beat")))
    if ask.get("beat"):
        _stay()
        path, every, pid, start = ask["beat"]
        beat.keep(path, float(every), int(pid), int(start) if start.isdecimal() else None)


def _leave_everything() -> None:
    """Let go of what was inherited: session, working folder, descriptors; and never stay for long."""
    import _signal  # type: ignore[import-not-found]

    os.chdir("/")
    os.set_inheritable(LETTER, False)
    os.set_inheritable(DONE, False)
    os.closerange(DONE + 1, _most_descriptors())
    try:
        os.setsid()
    except OSError:
        pass  # it has a session of its own already
    _signal.signal(_signal.SIGALRM, _end_all)
    _signal.alarm(LONGEST_S)


def _stay() -> None:
    import _signal

    _signal.alarm(0)


def _most_descriptors() -> int:
    try:
        return max(map(int, os.listdir("/proc/self/fd"))) + 1
    except OSError:
        return min(os.sysconf("SC_OPEN_MAX"), 1 << 16)


def _end_all(number: int, frame: object) -> None:
    # Git commands that hang are in the group as well; there is nobody else in it.
    os.killpg(0, 9)


def _letter() -> bytes:
    parts = []
    while part := os.read(LETTER, 1 << 16):
        parts.append(part)
    os.close(LETTER)
    return b"".join(parts)


def _say_done(stays: bool) -> None:
    try:
        # Who is told the pid may have to see to the end of this process, which is near.
        os.write(DONE, b"stays" if stays else b"%d" % os.getpid())
        os.close(DONE)
    except OSError:
        return  # nobody listens any more


def record(ask: dict[str, Any]) -> dict[str, Any]:
    """Find everything that is asked for, and write it; return the facts.

    Args:
        ask: See :func:`exparse.code.spawn.start`.

    Raises:
        OSError: If the run's folder cannot be written.

    Writes ``code.patch``, ``packages.txt`` and ``source.zip`` where they are due, and ``facts.json`` last; once more
    where there are inputs, since hashing them may take long. All at one moment: whoever removes the run while it is
    under way shall not find a file in it that was not there before.
    """
    folder, path, inputs = ask["folder"], f"{ask['folder']}/{layout.FACTS}", ask.get("inputs")
    _check(folder)
    facts, found = _found(ask)
    _check(folder)
    for name, (file, data) in found.items():
        try:
            files.replace_bytes(f"{folder}/{file}", data)
        except OSError as problem:
            facts[name] = None
            facts.setdefault("problems", {})[name] = _told(problem)
    _check(folder)
    if inputs:
        files.replace(path, json_document({**facts, "inputs": hashes.pending(inputs)}))
        facts["inputs"] = hashes.of_inputs(inputs, ask["folder"])
        if not os.path.exists(path):
            return facts  # the run was over, and has put them where they belong
    files.replace(path, json_document(facts))
    return facts


def _check(folder: str) -> None:
    """Raise OSError where the run is gone, or is just being removed: nothing is made in what somebody empties."""
    for name in (layout.PARAMS, layout.METADATA, layout.STATUS):
        os.stat(f"{folder}/{name}")


def _told(problem: Exception) -> str:
    return f"{type(problem).__name__}: {problem}"


def _found(ask: dict[str, Any]) -> tuple[dict[str, Any], Files]:
    machine = Machine()
    facts: dict[str, Any] = {"git": None, "packages": None, "source": None}
    problems: dict[str, str] = {}
    found: Files = {}

    def find(name: str, finding: Callable[[dict[str, Any], dict[str, Any], Files], Any]) -> None:
        try:
            facts[name] = finding(ask, facts, found)
        except Exception as problem:  # one that fails must not hide the others
            problems[name] = _told(problem)

    # Packages are looked for while git looks.
    find("git", lambda ask, facts, found: _code(ask, found, lambda: find("packages", _packages)))
    if facts["packages"] is None and "packages" not in problems:
        find("packages", _packages)
    find("source", _sources)
    facts |= machine.facts(time.monotonic() + _LONGEST_MACHINE_S)
    if problems:
        facts["problems"] = problems
    return masked_facts(facts, ask["secrets"]), found


def _code(ask: dict[str, Any], found: Files, meanwhile: Callable[[], None]) -> dict[str, Any] | None:
    told = _stands_for(ask)
    if told is not None and told["git"] is None:
        meanwhile()
        return None  # a tree from an archive; a repository above it has nothing to do with it
    began = float(ask["began"]) if ask.get("began") else None
    code = git.look(ask["where"], ask["root"], ask["secrets"], ask["folder"], meanwhile, began)
    if told is not None and code.facts is not None:
        _take_over(code.facts, told)
    if code.patch is not None and code.patch.data:
        found["git"] = layout.PATCH, code.patch.data
    return code.facts


def _stands_for(ask: dict[str, Any]) -> dict[str, Any] | None:
    if not ask.get("stands_for"):
        return None
    import json

    told: dict[str, Any] = json.loads(ask["stands_for"])
    return told


def _take_over(facts: dict[str, Any], told: dict[str, Any]) -> None:
    """Let a tree that was laid out for a run be called by what it stands for: its own repository knows no remote."""
    facts["top"] = told["top"]
    if facts.get("commit") == told["git"].get("commit"):
        facts.update({name: told["git"].get(name) for name in _OF_COMMIT})


def _packages(ask: dict[str, Any], facts: dict[str, Any], found: Files) -> int:
    lines, told = packages.requirements(ask["path"]), _stands_for(ask)
    if told is not None:
        # The next one who runs this code again has another tree.
        lines = [packages.moved(line, told["tree"], told["top"]) for line in lines]
    text = "".join([f"{line}\n" for line in lines]).encode("utf-8", "surrogateescape")
    found["packages"] = layout.PACKAGES, masked(text, ask["secrets"])
    return len(lines)


def _sources(ask: dict[str, Any], facts: dict[str, Any], found: Files) -> dict[str, Any] | None:
    code = facts["git"]
    if not ask["source"] and code is not None and code["commit"] and not code["problem"]:
        return None
    packed, told = sources.packed(ask["where"], ask["script"], ask["imported"], ask["root"], ask["secrets"])
    if packed is not None:
        found["source"] = layout.SOURCE, packed
    return told
