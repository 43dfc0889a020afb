"""What came out of a run that repeats another, said beside the program's own output."""

from __future__ import annotations

from exparse.cli import contrast, selection, sidebyside
from exparse.launch.aftermath import SAME, UNKNOWN
from exparse.launch.unlike import few
from exparse.query import shown
from exparse.query.compare import END, MEASURED, PARAMS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from exparse.cli.output import Output
    from exparse.cli.sidebyside import Cells
    from exparse.launch.aftermath import Aftermath, File

MOST_METRICS = 20
"""Metrics that are told one by one where they are the same."""

_HEADS = 2  # lines at the top: the runs, and when they started
_MOST_NAMED = 5
_USUAL_WIDTH = 80


def draw(told: Aftermath | None, to: Output) -> None:
    """Say what came out, side by side, and in the last line whether it is the same; on standard error."""
    if told is None:
        to.note("one of the two runs is gone: what came out cannot be compared")
        return
    before, after = told.comparison.heads
    items = [*_changed(told), *_measured(told)[_HEADS:], *_ended(told, before, after)]
    items += [] if told.is_kept else ["output: not kept"]
    items += [f"files: {', '.join(map(_in_words, told.files))}"] if told.files else []
    items += [f"{stream}: beyond that their sizes differ" for stream in told.resized]
    items.append(_verdict(told, before, after))
    for line in sidebyside.draw(items, to.width or _USUAL_WIDTH):
        to.note(line)


def _changed(told: Aftermath) -> list[Cells | str]:
    """Return the runs, and the params in which they differ."""
    lines = told.comparison.differing(PARAMS)
    shown_of = told.comparison._replace(sections={PARAMS: told.comparison.sections[PARAMS]} if lines else {})
    return list(contrast.items(contrast.Contrast(shown_of, [])))


def _measured(told: Aftermath) -> list[Cells | str]:
    lines = told.comparison.sections[MEASURED]
    shown_of = told.comparison._replace(sections={MEASURED: lines})
    return list(contrast.items(contrast.Contrast(shown_of, [], whole=len(lines) <= MOST_METRICS)))


def _ended(told: Aftermath, before: str, after: str) -> list[Cells | str]:
    """Return how both ended, as far as it differs, and what they printed; their heads stand above."""
    shown_of = told.comparison._replace(sections={END: told.comparison.sections[END]})
    pair = contrast.Pair(before, after, None, told.echoes)
    return list(contrast.items(contrast.Contrast(shown_of, [pair])))[_HEADS:]


def _in_words(file: File) -> str:
    if file.verdict == SAME:
        return f"{file.name} the same ({_size(file.now)})"
    if file.verdict == UNKNOWN:
        return f"{file.name} unknown ({file.why})"
    sizes = f"{_size(file.was)}, now {_size(file.now)}" if file.was != file.now else _size(file.now)
    return f"{file.name} differs ({sizes})"


def _size(size: int | None) -> str:
    return "not there" if size is None else shown.size(size)


def _verdict(told: Aftermath, before: str, after: str) -> str:
    if told.unlike:
        names = few(told.unlike, _MOST_NAMED)
        return f"run {after} did not give the same as run {before}: {names} differ{_s(told.unlike)}"
    measured = len(told.comparison.sections[MEASURED])
    lines = sum(heard.lines for heard in told.echoes.values())
    files = sum(file.verdict == SAME and file.now is not None for file in told.files)
    parts = [selection.count(measured, "metric")] if measured else []
    parts += [selection.count(lines, "line")] if lines else []
    parts += [selection.count(files, "file")] if files else []
    doubt = f"; not known of {few(told.doubts, _MOST_NAMED)}" if told.doubts else ""
    doubt += "" if told.is_kept else "; output was not kept"
    if not parts:
        return f"run {after} ended as run {before} did; nothing else of them can be compared{doubt}"
    return f"run {after} gave the same as run {before} ({', '.join(parts)}){doubt}"


def _s(names: list[str]) -> str:
    return "s" if len(names) == 1 else ""
