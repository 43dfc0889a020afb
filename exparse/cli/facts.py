"""The head of a page about a run: one line a fact."""

from __future__ import annotations

import os
import shlex
from datetime import datetime

from exparse.cli import provenance
from exparse.query import shown
from exparse.query.ending import ended
from exparse.query.family import MOST_LOOKED_AT, present
from exparse.store import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from exparse.query.rows import Row
    from exparse.query.story import Story
    from exparse.query.told import Told

_MOST_RELATIVES = 8
_MOST_SPANS = 12
_MOST_FILES = 8
_SHORT = 10


def facts(story: Story) -> Iterator[tuple[str, str]]:
    """Yield name and value of each fact, in the order of the page; "" for what is not known."""
    row, metadata = story.row, story.metadata
    took = f" after {shown.duration(row.seconds)}" if row.seconds is not None else ""
    yield "folder", row.run.folder
    yield "state", f"{row.state}{_attempt(story.status)}{took}{ended(story.status)}"
    for remark in story.status.texts("remarks"):
        yield "", remark
    yield "", "failed within run.safe()" if row.fails and row.state != "failed" else ""
    yield "problem", row.problem or ""
    yield "started", _started(row)
    yield "", _started_anew(story.status)
    yield "marks", ", ".join(row.marks)
    yield "tags", ", ".join(row.tags)
    yield "notebook", _notebook(metadata)
    yield "command", _command(metadata)
    saved = metadata.texts("config") or list(filter(None, [metadata.text("config")]))
    yield "config", ", ".join(saved_in(path, row.run.root) for path in saved)
    yield "cwd", metadata.text("cwd")
    yield from _files(metadata, "inputs")
    yield from _files(metadata, "outputs")
    yield from _machine(metadata)
    yield "packages", _packages(metadata)
    yield from provenance.facts(metadata.part("git"), provenance.patch_of(row.run.folder))
    yield from _family(story)


def saved_in(path: str, root: str) -> str:
    """Return what params were saved in: ``run 11`` for the file of a run of the same root, the path of any other."""
    folder, file = os.path.split(path)
    above, name = os.path.split(folder)
    number = layout.parse_run_name(name) if file == layout.PARAMS else None
    other, place = os.path.split(above)
    is_ours = place in (layout.RUNS, layout.TMP) and os.path.realpath(other) == os.path.realpath(root)
    return f"run {number[0]}" if number and is_ours else path


def _attempt(status: Told) -> str:
    earlier = status.parts("attempts")
    return f" (attempt {len(earlier) + 1})" if earlier else ""


def _started(row: Row) -> str:
    if row.started is None:
        return ""
    return f"{row.started.isoformat(' ', 'seconds')}, {shown.age(row.age)} ago"


def _started_anew(status: Told) -> str:
    """Return when the attempt began that a run is in, where it is not the first one."""
    earlier = status.parts("attempts")
    return f"{moment(status.text('started'))}, attempt {len(earlier) + 1}" if earlier else ""


def moment(text: str) -> str:
    """Return an ISO 8601 time to the second, on the clock of where it was; what is none as it is."""
    try:
        return datetime.fromisoformat(text).isoformat(" ", "seconds")
    except ValueError:
        return text


def _notebook(metadata: Told) -> str:
    """Return the name of the notebook that a run was made in, as far as it is known; "" for a program's run."""
    cells = metadata.whole("cells")
    if not cells or metadata.text("script"):
        return ""
    told = f"{cells} {'cell' if cells == 1 else 'cells'} ({layout.CELLS})"
    return f"{metadata.text('prog')}, {told}" if metadata.text("prog") else told


def _command(metadata: Told) -> str:
    """Return the command line: as it was typed where that is known, else put together from its parts."""
    if _notebook(metadata):
        return ""  # how the kernel was started, which says nothing
    typed = metadata.texts("typed")
    if typed:
        return shlex.join(typed)
    if not isinstance(metadata.fields.get("argv"), list):
        return ""
    return shlex.join([metadata.text("script") or metadata.text("prog"), *metadata.texts("argv")])


def _files(metadata: Told, which: str) -> Iterator[tuple[str, str]]:
    """Yield the files that params name, a line each: path, size, beginning of the hash or why there is none."""
    part = metadata.part(which)
    for number, path in enumerate(list(part.fields)[:_MOST_FILES]):
        file = part.part(path)
        size = shown.size(file.whole("bytes") or 0) if file.whole("bytes") is not None else ""
        held = f"sha256 {file.text('sha256')[:_SHORT]}" if file.text("sha256") else file.text("why")
        told = _joined([file.text("param"), size, held])
        yield "" if number else which, f"{path} ({told})" if told else path
    if len(part.fields) > _MOST_FILES:
        yield "", f"and {len(part.fields) - _MOST_FILES:,} more"


def _machine(metadata: Told) -> Iterator[tuple[str, str]]:
    host, pid = metadata.text("host"), metadata.part("process").text("pid")
    cores, memory = metadata.whole("cores"), metadata.whole("memory")
    yield (
        "host",
        _joined(
            [
                f"{metadata.text('user')}@{host}" if host else "",
                f"pid {pid}" if pid else "",
                f"{cores} core{'' if cores == 1 else 's'}" if cores is not None else "",
                shown.size(memory) if memory is not None else "",
            ]
        ),
    )
    yield "gpus", _counted(metadata.texts("gpus"))
    yield "scheduler", _labelled(metadata.part("scheduler"), "job")
    yield "launcher", _labelled(metadata.part("launcher"), "rank")
    yield "env", shlex.join(f"{name}={value}" for name, value in metadata.part("environment").fields.items())
    yield "python", f"{metadata.text('python')}  {metadata.text('executable')}".strip()


def _labelled(told: Told, first: str) -> str:
    """Return what kind something is and what it says: ``slurm, job 1234, partition gpu``."""
    names = [first, *(name for name in told.fields if name not in ("kind", first))]
    return _joined([told.text("kind"), *(f"{name} {told.text(name)}" for name in names if told.text(name))])


def _counted(names: Sequence[str]) -> str:
    counts = {name: list(names).count(name) for name in names}
    return ", ".join(f"{count} x {name}" if count > 1 else name for name, count in counts.items())


def _packages(metadata: Told) -> str:
    number = metadata.whole("packages")
    return "" if number is None else f"{number:,} ({layout.PACKAGES})"


def _family(story: Story) -> Iterator[tuple[str, str]]:
    said = story.metadata.text("rerun_of")
    repeated = present(story.row.run.root, said) if said else ""
    yield "rerun of", repeated
    yield "parents", _some([name for name in story.family.parents if name != repeated])
    children, unseen = _numbers(story.family.children), story.family.unseen
    bound = f"among the newest {MOST_LOOKED_AT:,} runs" if unseen else ""
    yield "children", f"{children} ({bound})" if children and bound else children or (f"none {bound}" if bound else "")


def _numbers(names: Sequence[str]) -> str:
    """Return the numbers of runs of this root, as the command takes them: ``3, 34, 42:44``."""
    spans: list[list[int]] = []
    for number in sorted(parsed[0] for name in names if (parsed := layout.parse_run_name(name))):
        if spans and number == spans[-1][-1] + 1:
            spans[-1][1:] = [number]
        else:
            spans.append([number])
    told = [f"{one[0]}:{one[-1]}" if one[-1] - one[0] > 1 else ", ".join(map(str, one)) for one in spans]
    left = sum(one[-1] - one[0] + 1 for one in spans[_MOST_SPANS:])
    return f"{', '.join(told[:_MOST_SPANS])}{f' and {left:,} more' if left else ''}"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_RELATIVES:,} more" if len(names) > _MOST_RELATIVES else ""
    return f"{', '.join(names[:_MOST_RELATIVES])}{more}"


def _joined(parts: Sequence[str]) -> str:
    return ", ".join(filter(None, parts))
