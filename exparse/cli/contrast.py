"""What differs between runs as a page of text: a section for each kind of thing, on one screen."""

from __future__ import annotations

from typing import Any, NamedTuple

from exparse.cli import provenance, selection
from exparse.cli.sidebyside import Cells
from exparse.query import shown
from exparse.query.column import MISSING
from exparse.query.compare import CODE, END, ENVIRONMENT, LABELS, MEASURED, PACKAGES, PARAMS, UNREAD
from exparse.query.varying import key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from exparse.query.compare import Comparison, Line
    from exparse.query.difference import Difference
    from exparse.query.outputs import Echo
    from exparse.query.patch import Change
    from exparse.query.rows import Row

MOST_LINES = 20
"""Lines of packages, and of files, that stand on the page unless all are wanted."""

_SHORT = 10
_FINE_S = 10.0  # below that, a duration is told to the millisecond where two look alike
_YEAR = len("2026-")
_LEAST_SHARE = 0.0005  # of a change in percent
_SIGNS = {"new": "A", "gone": "D", "renamed": "R", "changed": "M", "mode": "M"}
_BASIS = {"patches": "as far as their patches say", "sources": "among their archived sources", "trees": "", "": ""}


class Pair(NamedTuple):
    """The code and the output of one run, compared with those of the first.

    Attributes:
        before: What the first is called.
        after: What the other is called.
        code: How their code differs; None where it was not to be compared.
        echoes: How their output differs, by name of the stream.
    """

    before: str
    after: str
    code: Difference | None
    echoes: dict[str, Echo]

    @property
    def is_same(self) -> bool:
        """Whether no difference is known."""
        return not (self.code and self.code.changes) and all(echo.is_same for echo in self.echoes.values())


class Contrast(NamedTuple):
    """All that was found out.

    Attributes:
        comparison: Lines of values.
        pairs: What cannot stand in one line: each run beside the first.
        whole: Whether what is the same is shown, too, and lists to their end.
    """

    comparison: Comparison
    pairs: list[Pair]
    whole: bool = False

    @property
    def is_same(self) -> bool:
        """Whether the runs differ in nothing that weighs."""
        return self.comparison.is_same and all(pair.is_same for pair in self.pairs)


def items(told: Contrast) -> Iterator[Cells | str]:
    """Yield what stands on the page, in its order."""
    comparison = told.comparison
    yield Cells("run", comparison.heads, indent="")
    if len(comparison.rows) > 1:
        yield Cells("started", [_start(row, len(comparison.rows)) for row in comparison.rows], indent="", is_short=True)
    yield from _section(told, PARAMS)
    if CODE in comparison.sections:
        yield from _code(told)
    yield from _section(told, PACKAGES)
    yield from _section(told, ENVIRONMENT)
    yield from _section(told, MEASURED)
    yield from _section(told, END)
    yield from _section(told, LABELS)
    yield from _output(told)


def prose(told: Contrast) -> Iterator[str]:
    """Yield what cannot stand in a table, in lines: of code and output."""
    heads = told.comparison.heads
    parts = [*(_files(told) if CODE in told.comparison.sections else ()), *_output(told)]
    for part in parts:
        if isinstance(part, Cells):
            yield part.name
            yield from (f"    {head}  {cell}" for head, cell in zip(heads, part.cells, strict=True))
        else:
            yield part


def _start(row: Row, runs: int) -> str:
    """Return when a run started, without the year where many share the page."""
    return shown.moment(row.started)[0 if runs < 3 else _YEAR :] if row.started else "?"


def _section(told: Contrast, name: str) -> Iterator[Cells | str]:
    lines = told.comparison.sections.get(name)
    if lines is None:
        return
    differing = told.comparison.differing(name)
    if not differing and not (told.whole and lines):
        yield from _same(name, lines, told.comparison.heads)
        return
    counted = name in (PARAMS, PACKAGES, MEASURED)
    if counted:
        yield f"{name} ({len(differing):,} of {len(lines):,} differ)"
    elif any(line.weighs for line in differing) or name == LABELS:
        yield name
    else:
        yield from _same(name, lines, told.comparison.heads)
    drawn = lines if told.whole else differing
    most = len(drawn) if told.whole or name != PACKAGES else MOST_LINES
    for line in drawn[:most]:
        yield cells_of(line, "* " if told.whole and line.differs else "  ", name)
    if len(drawn) > most:
        yield f"  and {len(drawn) - most:,} more (--all)"


def _same(name: str, lines: Sequence[Line], heads: Sequence[str]) -> Iterator[str]:
    """Yield that a section is the same for all runs of which it is known."""
    if not lines:
        if name == PARAMS:
            yield "params: none"
        return
    unknown = [head for place, head in enumerate(heads) if all(line.values[place] is UNREAD for line in lines)]
    missing = f"not known of {', '.join(unknown)}" if unknown else ""
    if len(heads) - len(unknown) < 2:
        yield f"{name}: {missing}"
    elif name in (END, ENVIRONMENT):
        telling = ", ".join(_telling(lines))
        yield f"{name}: the same{f' ({telling})' if telling else ''}{f'; {missing}' if missing else ''}"
    elif name != LABELS:
        yield f"{name}: the same ({len(lines):,}){f'; {missing}' if missing else ''}"


def _telling(lines: Sequence[Line]) -> Iterator[str]:
    """Yield what of all that is the same is worth its place."""
    for line in lines:
        known = next((words(value) for value in line.values if value is not UNREAD), "")
        if line.name in ("host", "state"):
            yield known
        elif line.name == "python":
            yield f"python {known}"


def cells_of(line: Line, indent: str = "  ", section: str = "") -> Cells:
    """Return a line of values of a section as cells; values that differ are told apart, by their types if need be."""
    # A param or a metric may be called like a fact of ours.
    ours = line.name if section in (END, CODE) else ""
    texts = [words(shown.whole(value) if section == MEASURED else value, ours) for value in line.values]
    if ours == "seconds":
        texts = _durations(line.values, texts)
    elif _are_alike(line.values, texts):
        texts = [
            shown.in_words(value) if _is_value(value) else text for value, text in zip(line.values, texts, strict=True)
        ]
    if ours != "seconds" and _are_alike(line.values, texts):
        texts = [
            f"{text} ({type(value).__name__})" if _is_value(value) else text
            for value, text in zip(line.values, texts, strict=True)
        ]
    title = "duration" if ours == "seconds" else line.name
    return Cells(title, texts, difference(line.values) if section == MEASURED else "", indent)


def _durations(values: Sequence[Any], texts: list[str]) -> list[str]:
    """Return durations a little finer where they look alike; that they differ by less is no news."""
    if not _are_alike(values, texts) or not all(isinstance(value, (int, float)) for value in values):
        return texts
    return [f"{value:.3f}s" if value < _FINE_S else text for value, text in zip(values, texts, strict=True)]


def words(value: Any, name: str = "") -> str:
    """Return a value as people read it: ``-`` for what a run does not have, ``?`` for what nobody knows.

    Args:
        value: The value.
        name: Which fact of ours it is, for those that have a form of their own.
    """
    if not _is_value(value):
        return "?" if value is UNREAD else "-"
    if name == "seconds" and isinstance(value, float):
        return shown.duration(value)
    if name == "commit" and isinstance(value, str):
        return value[:_SHORT]
    return shown.never_blank(shown.in_short(value))


def _is_value(value: Any) -> bool:
    return value is not MISSING and value is not UNREAD


def _are_alike(values: Sequence[Any], texts: Sequence[str]) -> bool:
    """Return whether two values that differ look the same, or are the same but for their types."""
    pairs = list(zip(values, texts, strict=True))
    for place, (value, text) in enumerate(pairs):
        for other, other_text in pairs[:place]:
            if key(value) != key(other) and (text == other_text or _is_equal(value, other)):
                return True
    return False


def _is_equal(value: Any, other: Any) -> bool:
    numbers = isinstance(value, (int, float)) and isinstance(other, (int, float))
    return numbers and value == other


def difference(values: Sequence[Any]) -> str:
    """Return by how much the second of two numbers differs from the first: ``+0.02 (+2.1%)``; "" for all else."""
    if len(values) != 2 or any(isinstance(v, bool) or not isinstance(v, (int, float)) for v in values):
        return ""
    first, second = values
    if first == second:
        return ""
    try:
        by = second - first
        # Less than half of the last digit would read as none, -0.0 %.
        share = f" ({by / abs(first):+.1%})" if first and _LEAST_SHARE <= abs(by / first) < 1e4 else ""
        return "" if by != by else f"{by:+.4g}{share}"
    except OverflowError:
        return ""


def _code(told: Contrast) -> Iterator[Cells | str]:
    files = list(_files(told))
    yield files[0] if len(told.pairs) == 1 and files else CODE
    for line in told.comparison.sections[CODE]:
        # The files say what the name of a patch would.
        if line.name != "patch" and (told.whole or line.differs):
            yield cells_of(line, "* " if told.whole and line.differs else "  ", CODE)
    yield from files[1:] if len(told.pairs) == 1 else files


def _files(told: Contrast) -> Iterator[str]:
    is_one = len(told.pairs) == 1
    for pair in told.pairs:
        if pair.code is not None:
            verdict = _verdict(pair.code, told.comparison)
            yield f"code: {verdict}" if is_one else f"  {pair.after} against {pair.before}: {verdict}"
            if is_one or told.whole:
                yield from stat(pair.code.changes or [], None if told.whole else MOST_LINES)
            yield from (f"  note: {note}" for note in pair.code.notes)


def _verdict(code: Difference, comparison: Comparison) -> str:
    if code.changes is None:
        return "not recorded" if not comparison.sections[CODE] else "cannot be compared"
    basis = _BASIS[code.basis]
    if not code.changes:
        found = {line.name: line for line in comparison.sections[CODE]}
        commit = found["commit"] if "commit" in found else None
        named = f"commit {words(commit.values[0], 'commit')}" if commit and not commit.differs else ""
        patched = "with the same changes" if named and "patch" in found else ""
        return ", ".join(filter(None, ["the same", named, patched, basis]))
    return ", ".join(filter(None, [provenance.total(code.changes), basis]))


def stat(changes: Sequence[Change], most: int | None = None) -> list[str]:
    """Return a line for each file that differs: sign, lines that come and go, name."""
    drawn = changes[:most]
    columns = [_counts(change) for change in drawn]
    widths = [max((len(cells[place]) for cells in columns), default=0) for place in (0, 1)]
    lines = []
    for change, (added, removed) in zip(drawn, columns, strict=True):
        name = f"{change.before} -> {change.name}" if change.before else change.name
        lines.append(f"  {_SIGNS[change.kind]}  {added:>{widths[0]}} {removed:>{widths[1]}}  {name}")
    return lines + (
        [f"  and {selection.count(len(changes) - len(drawn), 'more file')} (--all)"] if changes[len(drawn) :] else []
    )


def _counts(change: Change) -> tuple[str, str]:
    if change.added is None or change.removed is None:
        return ("binary", "") if change.is_counted else ("?", "?")
    return f"+{change.added:,}", f"-{change.removed:,}"


def _output(told: Contrast) -> Iterator[Cells | str]:
    pairs = [pair for pair in told.pairs if pair.echoes]
    if len(pairs) > 1:
        yield "output"
    for pair in pairs:
        heard = [
            _heard(stream, echo) for stream, echo in pair.echoes.items() if echo.lines or echo.line or echo.problem
        ]
        who = "output" if len(pairs) == 1 else f"  {pair.after} against {pair.before}"
        yield f"{who}: {', '.join(heard) or 'none'}"
        for stream, echo in pair.echoes.items() if len(told.pairs) == 1 else ():
            if echo.line is not None:
                lines = ["(nothing more)" if line is None else line for line in (echo.before, echo.after)]
                yield Cells(stream, lines)


def _heard(stream: str, echo: Echo) -> str:
    if echo.line is not None:
        return f"{stream} differs from line {echo.line:,}"
    lines = selection.count(echo.lines, "line")
    if not echo.problem:
        return f"{stream} the same ({lines})"
    return f"{stream} the same so far ({lines}; {echo.problem})" if echo.lines else f"{stream} unknown ({echo.problem})"
