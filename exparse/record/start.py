"""``exparse.start``: a run without a parser, or several in one program."""

from __future__ import annotations

import os
import sys

from exparse.record import arguments, begin, family, hidden, place
from exparse.record.leaving import known_secrets
from exparse.record.live import LiveRun, UnrecordedRun, current_run, set_current
from exparse.record.record import Record
from exparse.record.wish import Wish, level
from exparse.store import layout, select
from exparse.store.run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

_DEEPEST = 20


def start(
    params: Mapping[str, Any] | Any = None,
    *,
    root: str | os.PathLike[str] | None = None,
    name: str | None = None,
    tmp: bool = False,
    tags: Iterable[str] = (),
    parents: Iterable[Run | str | int] = (),
    description: str | None = None,
    ignore: tuple[type[BaseException], ...] = (),
    capture: str | None = None,
    source: bool = False,
    git_clean: bool = False,
    resume: bool = False,
    run_id: str | None = None,
) -> LiveRun | UnrecordedRun:
    """Begin a run here and now; ``with exparse.start({"lr": 0.1}) as run:`` ends it with the block.

    Without ``with`` it ends at :meth:`run.finish() <exparse.record.ending.Ending.finish>` or with the program. Runs
    may lie within each other: the inner one has the outer as its parent, and both keep what is printed. An exception
    that leaves the block is recorded (``failed``, or ``interrupted`` for Ctrl-C) and goes on its way.

    Args:
        params: What the run is made of: a mapping, or an object with attributes (a namespace, a data class). Numbers,
            texts, truth values, None and lists and dicts of them are kept; paths and enums become text; anything else
            becomes its ``repr``.
        root: Folder that holds the runs; else as for :class:`exparse.ExParser`.
        name: Label, the end of the run's folder's name.
        tmp: Record below ``tmp/``, not in the index.
        tags: Tags of the run.
        parents: Runs that it comes from: runs, or selectors of runs in the same root.
        description: What the run is for.
        ignore: Exceptions that the ``with`` block swallows, once they are recorded.
        capture: ``sys``, ``fd`` or ``off``: how output is captured.
        source: Also keep a zip of the source where there is git.
        git_clean: Refuse a tree that differs from its commit.
        resume: Go on with the newest run that is over and has the same params and code, if there is one.
        run_id: Go on with the run of this name if there is one, else begin it under this name.

    Returns:
        The live run; a stand-in that keeps everything in a scratch folder where nothing is to be recorded
        (``EXPARSE_RECORD=0``).

    Raises:
        InvalidName: If a name or tag may not be one.
        TypeError: If ``ignore`` names anything but exceptions.
        RunNotFound: If a parent is none.
        ExparseError: If the run cannot be recorded; nothing is written then.

    Writes ``<root>/runs/<run>/``; see ``docs/format.rst``.
    """
    ignored = _checked(ignore)
    for text, what in ((name, "the name"), (run_id, "the run id")):
        if text is not None and not (text is run_id and layout.is_reference(text)):
            layout.check_label(text, what)
    wish = Wish(
        label=name,
        tmp=tmp,
        description=description,
        tags=[layout.check_name(tag, "the tag") for tag in ([tags] if isinstance(tags, str) else tags)],
        capture=level(capture),
        source=source,
        git_clean=git_clean,
        resume=resume,
        run_id=run_id,
        within=True,
    )
    wish.parents = _parents(root, parents)
    run, recorder = begin.begin(root, _record(params), wish)
    run._ignored = ignored
    if recorder is None:
        set_current(run)
    return run


def _checked(ignore: Any) -> tuple[type[BaseException], ...]:
    """Return the exceptions to ignore; what is none would be found only once the block has failed."""
    kinds = tuple(ignore) if isinstance(ignore, (tuple, list)) else (ignore,)
    for kind in kinds:
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            raise TypeError(f"ignore= takes classes of exceptions, such as (ValueError,), not {kind!r:.60}")
    return kinds


def _parents(root: str | os.PathLike[str] | None, parents: Iterable[Run | str | int]) -> list[str]:
    folder = place.resolve(root)
    named = []
    for parent in [parents] if isinstance(parents, (Run, str, int)) else parents:
        run = parent if isinstance(parent, Run) else select.pick(folder, str(parent))[-1]
        named.append(family.named(run.folder, folder))
    around = current_run()
    if isinstance(around, LiveRun) and around._recorder is not None:
        named.append(family.named(around.folder, folder))
    return list(dict.fromkeys(named))


def _record(params: Any) -> Record:
    if params is not None and not hasattr(params, "items") and not hasattr(params, "__dict__"):
        raise TypeError(f"params are a mapping or an object with attributes, not {type(params).__name__}")
    values = params if hasattr(params, "items") else vars(params) if params is not None else {}
    argv = [arg for arg in arguments.of_program() if isinstance(arg, str)]
    plain = {str(key): _plain(value) for key, value in values.items()}
    # What a parse of this program knows for a secret is one here as well.
    kept, omitted, secrets = hidden.keep_back(plain, argv, known_secrets())
    told = {
        "prog": arguments.prog(os.path.basename(sys.argv[0])) if sys.argv else None,
        "command": [],
        "typed": hidden.line(sys.orig_argv, secrets),
        "argv": hidden.line(argv, secrets),
        "rest": [],
        "given": [],
        "config": [],
        "by": "start",
    }
    return Record(kept, omitted, {}, told, secrets)


def _plain(value: Any, depth: int = 0) -> Any:
    """Return a value as plain data; what has no such form becomes text."""
    if value is None or type(value) in (str, bool, int, float):
        return value
    if depth < _DEEPEST:
        if hasattr(value, "items"):
            return {str(key): _plain(part, depth + 1) for key, part in value.items()}
        if isinstance(value, (list, tuple, set, frozenset)):
            parts = sorted(value, key=repr) if isinstance(value, (set, frozenset)) else value
            return [_plain(part, depth + 1) for part in parts]
    if isinstance(value, os.PathLike):
        return os.fsdecode(os.fspath(value))
    named = getattr(value, "name", None)
    if isinstance(named, str) and hasattr(type(value), "__members__"):
        return named  # an enum
    if hasattr(value, "item") and getattr(value, "ndim", 0) == 0:
        return _plain(value.item(), _DEEPEST)  # a number of numpy or torch
    return repr(value)
