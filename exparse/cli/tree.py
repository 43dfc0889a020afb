"""``exparse tree``: the family of a run, drawn: what it comes from, and what came of it."""

from __future__ import annotations

import os

from exparse.cli import selection
from exparse.query.kin import PLACES, Kin, differing, kin, other_code, other_program
from exparse.query.shown import cut, in_short, visible
from exparse.store import select
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator, Sequence
    from typing import Any

    from exparse.cli.output import Output
    from exparse.query.kin import Member
    from exparse.store.root import Root

NAME = "tree"
ALIASES: list[str] = []
HELP = "draw the family of a run: what it comes from, and what came of it"
COMPLETES: tuple[str, ...] = ("runs",)
EXAMPLES = """\
examples:
  exparse tree 42             ancestors above, descendants below; 42 bears an
                              asterisk
  exparse tree last --json

A rerun is one by exparse rerun; a child was started by its parent; what uses a
run said so, by run.use().
Behind it stand the params that differ from those of the run above, of another
program its name, and of a rerun the commit, or that its patch is another, where
its code differs.
"""
_LINES = ("├─ ", "└─ ", "│  ", "   ")
_ASCII = ("|- ", "`- ", "|  ", "   ")
_MOST_PARAMS = 3
_LONGEST_VALUE = 20
_WIDTH = 80
_LOOP = "(see above)"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("selector", metavar="RUN", help=selection.ONE_HELP)
    parser.add_argument("--json", action="store_true", help="print a JSON list of the runs of the family")


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    return tree(find(args.root), args.selector, args.json, to)


def tree(root: Root, selector: str, is_json: bool, to: Output) -> int:
    """Draw the family of the run that a selector picks, of several the newest; return 0.

    Raises:
        RunNotFound: If it picks none.
    """
    chosen = selection.one(root, selector, to)
    runs = select.listed(root.folder, PLACES)
    family = kin(chosen, runs, to.counter(len(runs), "asking for parents"))
    if is_json:
        from exparse.cli.export import as_json

        to.text(as_json([_as_object(member, family) for member in family.members.values()]))
        return 0
    signs = _LINES if _knows(_LINES, to) else _ASCII
    for line in lines(family, signs, to.width or _WIDTH):
        to.line(line)
    return 0


def _knows(signs: Sequence[str], to: Output) -> bool:
    try:
        "".join(signs).encode(to.encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return to.knows_blocks


def lines(family: Kin, signs: Sequence[str], width: int) -> Iterator[str]:
    """Yield the lines of a drawing, none wider than ``width`` columns; each run is drawn out once.

    Args:
        family: The family.
        signs: What leads to a child that others follow, to the last one, and what stands below either.
        width: Columns of a line.
    """
    children, drawn = family.children(), set()
    # Without recursion: a chain of runs may be longer than Python's stack.
    left: list[tuple[str, str | None, str, str]] = [(key, None, "", "") for key in reversed(family.eldest())]
    while left:
        key, parent, lead, indent = left.pop()
        again = key in drawn
        yield cut(_narrow(lead, width) + _told(family, key, parent, again and bool(children.get(key))), width)
        if again:
            continue
        drawn.add(key)
        below = children.get(key, [])
        for child in reversed(below):
            is_last = child == below[-1]
            left.append((child, key, indent + signs[is_last], indent + signs[2 + is_last]))


def _narrow(lead: str, width: int) -> str:
    """Return what leads to a run, the left of it cut off where nothing would be left for the run itself."""
    most = width // 2
    return lead if len(lead) <= most else f"..{lead[len(lead) - most + 2 :]}"


def _told(family: Kin, key: str, parent: str | None, is_again: bool) -> str:
    member = family.members[key]
    parts = [_name(member) + ("*" if key == family.key else ""), member.state]
    parts += [f"({member.fate})"] if member.fate else []
    if parent is not None:
        above = family.members[parent]
        parts += [_relation(member, above), other_code(member, above), *_params(differing(member, above))]
    return "  ".join([*filter(None, parts), *([_LOOP] if is_again else [])])


def _name(member: Member) -> str:
    if member.run is None or os.path.isabs(member.key):
        return visible(_named(member))
    return f"{member.run.id}{f' {member.run.label}' if member.run.label else ''}"


def _relation(member: Member, above: Member) -> str:
    relation = member.relations[member.parents.index(above.key)]
    program = visible(other_program(member, above))
    return f"{relation} {cut(program, _LONGEST_VALUE)}" if program else relation


def _params(found: dict[str, Any]) -> list[str]:
    first = list(found.items())[:_MOST_PARAMS]
    told = [f"{visible(name)}={cut(visible(in_short(value)), _LONGEST_VALUE)}" for name, value in first]
    return [*told, *([f"and {len(found) - _MOST_PARAMS} more"] if len(found) > _MOST_PARAMS else [])]


def _as_object(member: Member, family: Kin) -> dict[str, Any]:
    run = member.run
    known = family.members
    return {
        "id": run.id if run is not None else None,
        "name": run.name if run is not None else member.key,
        "label": run.label if run is not None else None,
        "path": run.folder if run is not None else None,
        "state": member.state or None,
        "fate": member.fate or None,
        "is_asked_for": member.key == family.key,
        "parents": [
            {
                "name": _named(known[key]) if key in known else key,
                "relation": relation,
                "params": differing(member, known[key]) if key in known else {},
                "program": other_program(member, known[key]) or None if key in known else None,
                "code": other_code(member, known[key]) or None if key in known else None,
            }
            for key, relation in zip(member.parents, member.relations, strict=True)
        ],
    }


def _named(member: Member) -> str:
    if member.run is None:
        return member.key
    return member.run.folder if os.path.isabs(member.key) else member.run.name
