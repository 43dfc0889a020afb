"""Runs in groups: those with the same values of some fields, and what their metrics have in common."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from exparse.query.column import MISSING
from exparse.query.order import is_missing, rank
from exparse.query.stats import stat
from exparse.query.varying import key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from exparse.query.stats import Stat

SEEDS = ("seed", "random_seed", "rng_seed", "seeds", "random_state", "manual_seed", "global_seed", "torch_seed")
"""Params, alone or after a dot, that seed random numbers: runs that differ in nothing else repeat each other."""


class Group(NamedTuple):
    """Runs that have the same values of some fields.

    Attributes:
        keys: These values, in the order of the fields; :data:`~exparse.query.column.MISSING` for what they lack.
        places: Where the runs stand in the columns.
        values: What their metrics have in common, by name.
    """

    keys: tuple[Any, ...]
    places: list[int]
    values: dict[str, Stat]


def grouped(fields: Sequence[Sequence[Any]], metrics: Mapping[str, Sequence[Any]], ids: Sequence[int]) -> list[Group]:
    """Return the groups that runs fall into, by the values of some fields, sorted by them.

    Args:
        fields: The columns to group by, one value a run each; nothing is equal but what has the same type. A
            tuple or a frozenset of words (marks, tags) puts a run into the group of each word.
        metrics: Columns of values to sum up, by name.
        ids: The numbers of the runs.
    """
    found = _places(fields, range(len(ids)))
    return [Group(keys, places, _stats(metrics, ids, places)) for keys, places in found]


def _stats(metrics: Mapping[str, Sequence[Any]], ids: Sequence[int], places: Sequence[int]) -> dict[str, Stat]:
    numbers = [ids[place] for place in places]
    return {name: stat([cells[place] for place in places], numbers) for name, cells in metrics.items()}


def _places(fields: Sequence[Sequence[Any]], places: Sequence[int]) -> list[tuple[tuple[Any, ...], list[int]]]:
    columns = [coded(cells) for cells in fields]
    found: dict[tuple[int, ...], list[int]] = {}
    if any(several for _, _, several in columns):
        for place in places:
            for codes in _combinations([codes[place] for codes, _, _ in columns]):
                found.setdefault(codes, []).append(place)
    elif columns:
        for place, codes in enumerate(zip(*(codes for codes, _, _ in columns), strict=True)):
            found.setdefault(codes, []).append(place)
    elif places:
        found[()] = list(places)
    named = [(tuple(columns[at][1][code] for at, code in enumerate(codes)), held) for codes, held in found.items()]
    named.sort(key=lambda entry: tuple(map(order, entry[0])))
    return named


def _combinations(cells: Sequence[Any]) -> Iterable[tuple[int, ...]]:
    from itertools import product

    return product(*(cell if isinstance(cell, tuple) else (cell,) for cell in cells))


def coded(cells: Sequence[Any]) -> tuple[list[Any], list[Any], bool]:
    """Return a number for each cell, what each number stands for, and whether cells hold several words each."""
    kinds = set(map(type, cells))
    if kinds & {tuple, frozenset}:
        words = [tuple(sorted(_words(cell))) or (MISSING,) for cell in cells]
        at, meant = _numbered([word for cell in words for word in cell])
        return [tuple(at[word] for word in cell) for cell in words], meant, True
    if _is_plain(kinds, cells):
        at, meant = _numbered(cells)
        return list(map(at.__getitem__, cells)), meant, False
    # The cells of a column that are the same are mostly one object: each is understood once.
    objects = {id(value): value for value in reversed(cells)}
    same = {name: exact(value) for name, value in objects.items()}
    names = [same[id(value)] for value in cells]
    at, _ = _numbered(names)
    firsts = dict(zip(reversed(names), reversed(cells), strict=True))
    return [at[name] for name in names], [firsts[name] for name in at], False


def counted(cells: Sequence[Any]) -> list[tuple[Any, int]]:
    """Return each different value of a field with how often it is there; gaps are none."""
    if _is_plain(set(map(type, cells)), cells):
        often = Counter(cells)
        often.pop(MISSING, None)
        return list(often.items())
    codes, meant, _ = coded(cells)
    return [(meant[code], number) for code, number in Counter(codes).items() if meant[code] is not MISSING]


def _numbered(values: Iterable[Any]) -> tuple[dict[Any, int], list[Any]]:
    """Return a number for each different value, and the values by it."""
    meant = list(dict.fromkeys(values))
    return {value: at for at, value in enumerate(meant)}, meant


def _is_plain(kinds: set[type], cells: Sequence[Any]) -> bool:
    """Return whether equal cells are the same: 1, 1.0 and True are not, nor is nan equal to itself."""
    told = kinds - {type(None), type(MISSING)}
    if told == {float}:
        return all(cell == cell for cell in cells)
    return len(told) < 2 and told <= {str, int, bool}


def _words(cell: Any) -> Iterable[Any]:
    return dict.fromkeys(cell) if isinstance(cell, (tuple, frozenset)) else ()


def exact(value: Any) -> Any:
    """Return what is equal for two cells only where they are the same; their texts may be alike. It can be hashed."""
    return value if value is MISSING else key(value)


def order(value: Any) -> tuple[int, Any]:
    """Return a key that sorts values of all kinds as :func:`exparse.query.order.rank`; None, nan and gaps come last."""
    if value is MISSING:
        return 9, ""
    return (8, repr(value)) if is_missing(value) else rank(value)


def repeats(fields: Iterable[Sequence[Any]], count: int) -> int:
    """Return how many of ``count`` runs have the same values of all fields as another one."""
    codes = []
    for cells in fields:
        column, meant, _ = coded(cells)
        if len(meant) == count:
            return 0
        codes.append(column)
    found = Counter(zip(*codes, strict=True)) if codes else Counter({(): count})
    return sum(number for number in found.values() if number > 1)


def differs(cells: Sequence[Any]) -> bool:
    """Return whether a field tells runs apart: they have different values of it, or some have none."""
    return len(coded(cells)[1]) > 1


def is_seed(name: str) -> bool:
    """Return whether a param is one of :data:`SEEDS`."""
    return name.rpartition(".")[2].casefold() in SEEDS
