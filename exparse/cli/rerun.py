"""``exparse rerun``: a run made again, with the code and the params that it had, or with some of them changed."""

from __future__ import annotations

import argparse
import io
import os
from typing import NamedTuple

from exparse.cli import ownwords, selection
from exparse.cli.output import Output
from exparse.errors import ExparseError
from exparse.store import layout
from exparse.store.root import find, meant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from exparse.launch.going import Gone
    from exparse.launch.plan import Plan
    from exparse.store.run import Run

NAME = "rerun"
ALIASES: list[str] = []
HELP = "make a run again, as it was or with other params"
COMPLETES: tuple[str, ...] = ("runs", "nothing")
EXAMPLES = """\
examples:
  exparse rerun 42                       as it was: same code, same params
  exparse rerun 42 --lr 0.1 --no-augment
                                         with two params changed
  exparse rerun 42 --code current        with the code that is here now
  exparse rerun 42 --dry-run             only show what would run
  exparse rerun 42 -- --name bob         --name is the script's, not ours
  exparse rerun /data/exruns/runs/000042-2026-11-21-05-40-12 --into mine
                                         of a root that is only to be read

What stands behind RUN and is no option of ours, or one that the script has as
well, is for the script, laid over what was recorded. Where the code here is not
the recorded one, that is laid out in a tree of its own; your checkout stays as
it is. The new run goes to the same root, or to --into, and names run 42 as its
parent. The exit code is that of the script.
"""

_USAGE = 2  # exit code of a parser that does not know what it was told


class How(NamedTuple):
    """How a run is made again.

    Attributes:
        code: ``recorded``, ``current``, or None for what the run was made with, wherever that is.
        dry: Whether it is only shown.
        strict: Whether anything that differs from then is refused.
        yes: Whether nothing is asked.
        name: Label of the new run, or None.
        tags: Its tags.
        tmp: Whether it goes to ``tmp/``.
        into: The root to which it goes; None for that of the run.
    """

    code: str | None = None
    dry: bool = False
    strict: bool = False
    yes: bool = False
    name: str | None = None
    tags: tuple[str, ...] = ()
    tmp: bool = False
    into: str | None = None


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    # Two positionals would do, but argparse takes a "--" behind the first for a part of it.
    parser.add_argument("line", metavar="RUN", nargs=argparse.PARSER, help=selection.ONE_HELP)
    _add_options(parser)
    parser.set_defaults(unknown=". The script's own options stand behind RUN: exparse rerun 42 --lr 0.1")


def _add_options(parser: ArgumentParser) -> None:
    from exparse.cli import launching

    launching.add_arguments(parser)
    parser.add_argument("--strict", action="store_true", help="refuse if anything is not as it was then")
    parser.add_argument("--name", metavar="NAME", help="label of the new run")
    parser.add_argument(
        "--tag", metavar="TAG", action="append", help="a tag of the new run, or several with commas between; repeatable"
    )
    parser.add_argument("--tmp", action="store_true", help="record the new run below tmp/")
    parser.add_argument("--into", metavar="FOLDER", help="root of the new run, if not that of RUN")


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    line = args.line[1:] if args.line[0] == "--" else args.line
    words, scripts = ownwords.divided(line[1:])
    if ownwords.asks_help(words):
        args.wrong.__self__.print_help(to.out)
        return 0
    found, words = _found(line[0], words, args, to)
    check(found)
    words = [*ownwords.taken(words, _add_options, args, found.params), *scripts]
    tags = tuple(tag.strip() for said in args.tag or () for tag in said.split(","))
    how = How(args.code, args.dry_run, args.strict, args.yes, args.name, tags, args.tmp, args.into)
    return rerun(found, words, how, to)


def _found(selector: str, words: list[str], args: Namespace, to: Output) -> tuple[Run, list[str]]:
    """Return the run, and what else stands behind it: a ``--root`` is the script's if the run has such a param."""
    asked = argparse.Namespace(**vars(args))
    left = ownwords.taken(words, _root_option, asked, ())
    if len(left) < len(words):
        here = _quietly(selector, args.root)
        if here is None or here.problem or "root" not in here.params:
            return selection.only(find(asked.root), selector, to), left
    return selection.only(find(args.root), selector, to), words


def _quietly(selector: str, root: str | None) -> Run | None:
    """Return the run that a selector picks without the ``--root`` behind it; None where it picks none."""
    try:
        return selection.only(find(root), selector, Output(io.StringIO(), io.StringIO()))
    except (ExparseError, OSError):
        return None


def _root_option(parser: ArgumentParser) -> None:
    parser.add_argument("--root")


def check(found: Run) -> None:
    """Refuse a run whose files cannot be read.

    Raises:
        ExparseError: If it is damaged.
    """
    if found.problem:
        raise ExparseError(f"run {found.id} is damaged: {found.problem}. `exparse check` says more")


def rerun(found: Run, words: Sequence[str], how: How, to: Output) -> int:
    """Make a run again.

    Args:
        found: The run.
        words: Words for the script, laid over what was recorded.
        how: How.
        to: Where is said what runs, and what came of it.

    Returns:
        The exit code of the script; 0 for a dry run; 1 where nothing was agreed to.

    Raises:
        ExparseError: If it cannot be made again, or differs and may not, or nobody is there to be asked.
        InvalidName: If the new name, or a tag, may not be one.
    """
    from exparse.cli import launching
    from exparse.launch import going, plan

    with plan.again(found, words, how.code) as made:
        _label(made, how)
        _check_root(made, how)
        launching.screen(made, f"run {found.id} again", to)
        if not launching.agreed(made, how.dry, how.strict, how.yes, to):
            return launching.nothing_run(how.dry, to)
        to.out.flush()
        gone = going.go(made)
    return _told(found, gone, made.code.is_offered, to)


def _label(made: Plan, how: How) -> None:
    made.order.name = layout.check_label(how.name) if how.name is not None else None
    made.order.tags = [layout.check_name(tag, "the tag") for tag in how.tags]
    made.order.tmp = how.tmp
    if how.into:
        made.record_in(meant(os.path.expanduser(how.into)).folder)


def _check_root(made: Plan, how: How) -> None:
    """Refuse to start what cannot be recorded.

    Raises:
        ExparseError: If the root is there and is not ours to write.
    """
    root = made.order.root or ""
    if os.path.isdir(root) and not os.access(root, os.W_OK | os.X_OK) and not how.dry:
        raise ExparseError(f"nothing may be written in {root}: --into FOLDER records the new run in another root")


def _told(found: Run, gone: Gone, is_offered: bool, to: Output) -> int:
    from exparse.cli import aftermath as page
    from exparse.cli import launching
    from exparse.launch import aftermath, child

    launching.tell_left(gone, to)
    if gone.run is None:
        if gone.code in (0, _USAGE):
            is_usage = gone.code == _USAGE
            to.note("no run was recorded" if is_usage else "no run was recorded: the script did not ask for one")
            if is_usage and is_offered:
                to.note("this was the recorded code; with that of now: --code current")
        else:
            to.note("no run was recorded: the script ended before it had read its arguments")
    else:
        page.draw(aftermath.compare(found, gone.run), to)
    if gone.code < 0:
        child.die_as(gone.code)
    return gone.code
