"""All that is known of a run, as one page of text."""

from __future__ import annotations

from exparse.cli import charts
from exparse.cli.facts import facts, moment, saved_in
from exparse.query import logs, shown, spark
from exparse.query.ending import ended
from exparse.query.told import Told
from exparse.store import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from exparse.cli.output import Output
    from exparse.query.logs import Log
    from exparse.query.story import Story

MOST_FILES = 40
MOST_LINES = 5
"""Lines of each log."""

MOST_NOTES = 12
"""Lines of the notes, of a description."""

_USUAL_WIDTH = 80


def lines(story: Story, to: Output) -> Iterator[str]:
    """Yield the lines of the page.

    Args:
        story: What is known.
        to: Where it will stand: its width, and which characters it knows.
    """
    row = story.row
    yield f"run {row.id}{f'  {row.run.label}' if row.run.label else ''}"
    for name, value in facts(story):
        if value:
            yield f"  {name:<9} {value}"
    yield from _words("description", row.description or "")
    yield from _words("notes", story.notes, f"exparse note {row.id}")
    yield from _attempts(story.status.parts("attempts"))
    yield from _traceback(story.status.part("error"))
    yield from _params(story)
    yield from _measured(story, to)
    yield from _output(story, to)
    yield from _images(story)
    yield from _files(story)


def _words(title: str, text: str, more: str = "") -> Iterator[str]:
    """Yield the first lines of what somebody wrote, under a title."""
    written = [line for line in text.splitlines() if line.strip()]
    if written:
        yield title
        yield from (f"  {line}" for line in written[:MOST_NOTES])
    if len(written) > MOST_NOTES:
        yield f"  and {len(written) - MOST_NOTES:,} more lines{f' ({more})' if more else ''}"


def _attempts(attempts: Sequence[Told]) -> Iterator[str]:
    if attempts:
        yield "earlier attempts"
    for number, attempt in enumerate(attempts, start=1):
        seconds = attempt.fields.get("seconds")
        took = f" after {shown.duration(seconds)}" if isinstance(seconds, (int, float)) else ""
        host = attempt.part("process").text("host")
        where = f", on {host}" if host else ""
        started = moment(attempt.text("started"))
        yield f"  {number}  {attempt.text('state')}{took}{ended(attempt)}, started {started}{where}"
        yield from (f"     {remark}" for remark in attempt.texts("remarks"))


def _traceback(error: Told) -> Iterator[str]:
    if error.text("traceback"):
        yield "traceback"
        yield from (f"  {line}" for line in error.text("traceback").rstrip().splitlines())


def _params(story: Story) -> Iterator[str]:
    given = set(story.metadata.texts("given"))
    params = story.row.params
    told = {name: f"{_in_words(value)}{_origin(story, name, value)}" for name, value in params.items()}
    told.update({name: why for name, why in story.omitted.items() if name not in params})
    yield "params (* set on the command line)" if given else "params"
    longest = min(max((shown.width(shown.visible(name)) for name in told), default=0), 30)
    for name, value in told.items():
        seen = shown.visible(name)
        space = " " * (longest - shown.width(seen))
        yield f"{'*' if name in given else ' '} {seen}{space}  {value}".rstrip()


def _in_words(value: Any) -> str:
    return shown.never_blank(shown.in_words(value))


def _origin(story: Story, name: str, value: Any) -> str:
    """Return where a param's value came from, and its default, as far as that is news."""
    source, defaults = story.metadata.part("sources").text(name), story.metadata.part("defaults").fields
    path = source.partition(" ")[2]
    saved = saved_in(path, story.row.run.root)
    source = source if saved == path else saved
    told = [source] if source not in ("", "default", "command line") else []
    if name in defaults and source != "default" and shown.in_words(defaults[name]) != shown.in_words(value):
        told.append(f"default {_in_words(defaults[name])}")
    return f"  ({', '.join(told)})" if told else ""


def _measured(story: Story, to: Output) -> Iterator[str]:
    if story.curves:
        levels = spark.BLOCKS if to.knows_blocks else spark.PLAIN
        yield from charts.lines(story.curves, to.width or _USUAL_WIDTH, levels)
    elif story.damage:
        yield "damage"
    for problem in story.damage:
        yield f"  {problem.file}: {problem.text}"
    if story.summary:
        yield "summary"
        longest = min(max(shown.width(shown.visible(name)) for name in story.summary), 30)
        for name, value in story.summary.items():
            seen = shown.visible(name)
            yield f"  {seen}{' ' * (longest - shown.width(seen))}  {shown.never_blank(shown.in_short(value))}"


def _output(story: Story, to: Output) -> Iterator[str]:
    own = [log for log in story.logs if log.part is None]
    limit = (to.width or _USUAL_WIDTH) - 2
    for log in own:
        last = _last_lines(story, log)
        if last:
            yield f"{log.stream} (last lines)"
            yield from (f"  {shown.cut(shown.visible(line), limit)}" for line in last)
    others = [log.name for log in story.logs if log.part is not None]
    if others:
        more = f" and {len(others) - MOST_LINES:,} more" if len(others) > MOST_LINES else ""
        yield f"output of other processes: {', '.join(others[:MOST_LINES])}{more}"


def _last_lines(story: Story, log: Log) -> list[str]:
    """Return the last lines of a log, those aside that stand in the traceback above."""
    told = {line.rstrip() for line in story.status.part("error").text("traceback").splitlines()}
    found = logs.last_lines(story.row.run.folder, log, MOST_LINES + len(told))
    return [line for line in found if line.rstrip() not in told][-MOST_LINES:]


def _images(story: Story) -> Iterator[str]:
    images = story.images
    if images:
        yield "images"
    longest = min(max(map(shown.width, map(shown.visible, images)), default=0), 30)
    for name, steps in images.items():
        seen = shown.visible(name)
        span = f"step {steps[0]}" if len(steps) == 1 else f"{len(steps):,} steps, {steps[0]} to {steps[-1]}"
        last = story.captions.get(f"{layout.IMAGES}/{name}/{steps[-1]}.png", "")
        yield f"  {seen}{' ' * (longest - shown.width(seen))}  {span}  {last}".rstrip()


def _files(story: Story) -> Iterator[str]:
    # Images and the logs of other processes have been told above, and may be thousands; the facts stand at the top.
    told = {layout.KILLED, layout.FACTS, *(log.name for log in story.logs if log.part is not None)}
    listed = [file for file in story.files if file.name not in told and not _is_image(file.name, story)]
    yield f"files ({shown.size(sum(file.size for file in listed))})"
    for file in listed[:MOST_FILES]:
        yield f"  {file.kind or shown.size(file.size):>9}  {file.name}  {story.captions.get(file.name, '')}".rstrip()
    if len(listed) > MOST_FILES:
        yield f"  and {len(listed) - MOST_FILES:,} more"


def _is_image(name: str, story: Story) -> bool:
    return bool(story.images) and name.startswith(f"{layout.IMAGES}/")
