"""One value a run, held closely: numbers as an array, all else as a number for each different value."""

from __future__ import annotations

from array import array
from operator import itemgetter
from typing import Any

from exparse.query.varying import key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


class _Missing:
    """What a run does not have; other than None, which a param may be."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Any = _Missing()
_HERE, _ABSENT, _NONE = 0, 1, 2
_GAPS = {_ABSENT: MISSING, _NONE: None}
_WHOLE = range(-(1 << 63), 1 << 63)
_NAN = float("nan")


class Coded:
    """A column of any values: texts, flags, lists, numbers of mixed kinds.

    Attributes:
        codes: The place of each run's value among ``values``.
        values: The different values; the first is :data:`MISSING`. 1, 1.0, True and "1" are four.
    """

    __slots__ = ("codes", "values")

    def __init__(self, codes: array[int], values: list[Any]) -> None:
        self.codes, self.values = codes, values

    def __len__(self) -> int:
        return len(self.codes)

    def cell(self, place: int) -> Any:
        """Return the value of one run."""
        return self.values[self.codes[place]]

    def cells(self) -> list[Any]:
        """Return the value of each run."""
        return list(map(self.values.__getitem__, self.codes))

    def test(self, holds: Callable[[Any], bool]) -> bytearray:
        """Return 1 for each run whose value holds, else 0; a run without one is 0. Each value is asked once."""
        verdicts = [0, *(1 if holds(value) else 0 for value in self.values[1:])]
        return _mapped(self.codes, verdicts)

    def distinct(self) -> list[Any]:
        """Return the different values that runs have, in no order of meaning."""
        used = set(self.codes)
        return [value for code, value in enumerate(self.values) if code and code in used]

    def compact(self) -> Coded:
        """Return the same column without values that no run has any more."""
        used = sorted({0, *self.codes})
        if len(used) == len(self.values):
            return self
        turned = [0] * len(self.values)
        for new, code in enumerate(used):
            turned[code] = new
        codes = array(_width(len(used)), map(turned.__getitem__, self.codes))
        return Coded(codes, [self.values[code] for code in used])

    def take(self, places: Sequence[int]) -> Coded:
        """Return the column of some of the runs."""
        return Coded(array(self.codes.typecode, _taken(self.codes, places)), self.values)


class Numbers:
    """A column of floats, or of whole numbers of 64 bits.

    Attributes:
        numbers: The number of each run; of no meaning where it has none.
        gaps: 0 for a run that has its number, 1 for one without it, 2 for None; None where all have theirs.
    """

    __slots__ = ("gaps", "numbers")

    def __init__(self, numbers: array[Any], gaps: bytes | None) -> None:
        self.numbers, self.gaps = numbers, gaps

    def __len__(self) -> int:
        return len(self.numbers)

    def cell(self, place: int) -> Any:
        """Return the value of one run."""
        gap = self.gaps[place] if self.gaps is not None else _HERE
        return self.numbers[place] if gap == _HERE else _GAPS[gap]

    def cells(self) -> list[Any]:
        """Return the value of each run."""
        if self.gaps is None:
            return self.numbers.tolist()
        return [number if gap == _HERE else _GAPS[gap] for number, gap in zip(self.numbers, self.gaps, strict=True)]

    def test(self, holds: Callable[[Any], bool]) -> bytearray:
        """Return 1 for each run whose value holds, else 0; a run without one is 0."""
        # To find equal ones first would take ten times as long as to ask.
        if self.gaps is None:
            return bytearray([1 if holds(number) else 0 for number in self.numbers])
        none = 1 if _NONE in self.gaps and holds(None) else 0
        verdicts = {_ABSENT: 0, _NONE: none}
        return bytearray(
            [
                (1 if holds(number) else 0) if gap == _HERE else verdicts[gap]
                for number, gap in zip(self.numbers, self.gaps, strict=True)
            ]
        )

    def distinct(self) -> list[Any]:
        """Return the different values that runs have, nan once."""
        cells = self.cells() if self.gaps is not None else self.numbers
        found = {cell for cell in cells if cell is not MISSING and cell == cell}
        return [*found, *([_NAN] if any(cell != cell for cell in cells) else [])]

    def take(self, places: Sequence[int]) -> Numbers:
        """Return the column of some of the runs."""
        gaps = None if self.gaps is None else bytes(_taken(self.gaps, places))
        return Numbers(array(self.numbers.typecode, _taken(self.numbers, places)), gaps)


Column = Coded | Numbers


def encode(cells: Sequence[Any]) -> Column:
    """Return a column that holds these values, :data:`MISSING` and None among them, each with its type."""
    kinds = set(map(type, cells))
    told = kinds - {type(None), _Missing}
    if told == {float} or (told == {int} and all(type(cell) is not int or cell in _WHOLE for cell in cells)):
        kind = "d" if told == {float} else "q"
        if kinds == told:
            return Numbers(array(kind, cells), None)
        gaps = bytes([_ABSENT if cell is MISSING else _NONE if cell is None else _HERE for cell in cells])
        return Numbers(array(kind, [0 if cell is None or cell is MISSING else cell for cell in cells]), gaps)
    return _coded_alike(cells) if told <= {str} or told <= {bool} else _coded(cells)


def _coded_alike(cells: Sequence[Any]) -> Coded:
    """Return a coded column of values of which equal ones are the same, types included."""
    known: dict[Any, int] = {MISSING: 0}
    codes = [known.setdefault(cell, len(known)) for cell in cells]
    return Coded(array(_width(len(known)), codes), list(known))


def _coded(cells: Sequence[Any]) -> Coded:
    known: dict[Any, int] = {}
    # Runs of one script share an object with their defaults: it is understood once.
    same: dict[int, int] = {id(MISSING): 0}
    values = [MISSING]
    codes = []
    for cell in cells:
        code = same.get(id(cell))
        if code is None:
            name = _key(cell)
            code = known.get(name)
            if code is None:
                code = known[name] = len(values)
                values.append(cell)
            same[id(cell)] = code
        codes.append(code)
    return Coded(array(_width(len(values)), codes), values)


def _key(cell: Any) -> tuple[type, Any]:
    """Return what is equal for two cells only where they are the same, as :func:`exparse.query.varying.key` does.

    Numbers, texts and flags stand for themselves, ten times as fast; but not nan, which equals nothing, nor 0.0, which
    equals -0.0.
    """
    kind = type(cell)
    if kind is float:
        return (kind, cell) if cell and cell == cell else (kind, repr(cell))
    return (kind, cell) if kind in _PLAIN else key(cell)


_PLAIN = (str, int, bool, type(None))


def encode_tuples(cells: Sequence[tuple[Any, ...]]) -> Coded:
    """Return a column of lists, one for each tuple of texts."""
    made = _coded_alike(cells)
    return Coded(made.codes, [MISSING, *map(list, made.values[1:])])


def _width(values: int) -> str:
    return "B" if values <= 1 << 8 else "H" if values <= 1 << 16 else "I"


def absent(length: int) -> Coded:
    """Return a column of runs that all lack the value."""
    return Coded(array("B", bytes(length)), [MISSING])


def join(parts: Sequence[Column]) -> Column:
    """Return the columns of several sets of runs as one, in their order."""
    numbers = [part for part in parts if isinstance(part, Numbers)]
    if numbers and len({part.numbers.typecode for part in numbers}) == 1:
        kind = numbers[0].numbers.typecode
        alike = [part if isinstance(part, Numbers) else _as_numbers(part, kind) for part in parts]
        if None not in alike:
            return _joined_numbers(kind, [part for part in alike if part is not None])
    coded = [part for part in parts if isinstance(part, Coded)]
    if len(coded) == len(parts):
        return _joined_codes(coded)
    return encode([cell for part in parts for cell in part.cells()])


def _as_numbers(part: Coded, kind: str) -> Numbers | None:
    """Return a column without any number as one of numbers; None for what has other values."""
    if any(value is not None for value in part.values[1:]):
        return None
    gaps = bytes(_ABSENT if cell is MISSING else _NONE for cell in part.cells())
    return Numbers(array(kind, bytes(8 * len(part))), gaps)


def _joined_numbers(kind: str, parts: Sequence[Numbers]) -> Numbers:
    joined = array(kind)
    for part in parts:
        joined.extend(part.numbers)
    if all(part.gaps is None for part in parts):
        return Numbers(joined, None)
    return Numbers(joined, b"".join(bytes(len(part)) if part.gaps is None else part.gaps for part in parts))


def _joined_codes(parts: Sequence[Coded]) -> Coded:
    known: dict[Any, int] = {}
    values = [MISSING]
    turned = []
    for part in parts:
        codes = [0]
        for value in part.values[1:]:
            name = _key(value)
            if name not in known:
                known[name] = len(values)
                values.append(value)
            codes.append(known[name])
        turned.append(codes)
    joined = array(_width(len(values)))
    for part, codes in zip(parts, turned, strict=True):
        if joined.typecode == part.codes.typecode == "B":
            joined.frombytes(part.codes.tobytes().translate(bytes(codes).ljust(256, b"\0")))
        elif codes == list(range(len(codes))) and joined.typecode == part.codes.typecode:
            joined.extend(part.codes)
        else:
            joined.extend(map(codes.__getitem__, part.codes))
    return Coded(joined, values)


def _taken(cells: Sequence[Any], places: Sequence[int]) -> Iterable[Any]:
    if isinstance(places, range) and places.step == 1:
        return cells[places.start : places.stop]
    if len(places) < 2:
        return [cells[place] for place in places]
    taken: Iterable[Any] = itemgetter(*places)(cells)
    return taken


def _mapped(codes: array[int], verdicts: list[int]) -> bytearray:
    if codes.typecode == "B":
        return bytearray(codes.tobytes().translate(bytes(verdicts).ljust(256, b"\0")))
    return bytearray(map(verdicts.__getitem__, codes))
