"""What came out of a run that repeats another: metrics, summary, end, output and files, beside those of the first."""

from __future__ import annotations

import os
from typing import NamedTuple

from exparse.code import hashes
from exparse.errors import ExparseError
from exparse.query import compare as comparing
from exparse.query import rows
from exparse.query.outputs import echo
from exparse.query.told import Told
from exparse.store import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from exparse.query.compare import Comparison
    from exparse.query.outputs import Echo
    from exparse.store.run import Run

SAME, DIFFERS, UNKNOWN = "same", "differs", "unknown"


class File(NamedTuple):
    """A file that both runs wrote, named by a param of the type ``output_file``.

    Attributes:
        name: Its name, without the folder.
        verdict: ``same`` or ``differs``, by what the files held when each run ended; ``unknown`` where nobody can say.
        was: Its bytes after the first run, or None.
        now: Likewise after the second.
        why: Why nobody can say, or "".
    """

    name: str
    verdict: str
    was: int | None
    now: int | None
    why: str = ""


class Aftermath(NamedTuple):
    """What came out of two runs.

    Attributes:
        comparison: What they measured and how they ended, side by side.
        echoes: How their output differs, by name of the stream.
        files: The files that both wrote.
        resized: Streams that are the same as far as they were compared, and cannot be in all: their sizes differ.
    """

    comparison: Comparison
    echoes: dict[str, Echo]
    files: list[File]
    resized: list[str]

    @property
    def unlike(self) -> list[str]:
        """What came out differently: names of metrics, of facts about the end, of streams, of files."""
        lines = [line for section in self.comparison.sections for line in self.comparison.differing(section)]
        streams = [stream for stream, heard in self.echoes.items() if not heard.is_same or stream in self.resized]
        files = [file.name for file in self.files if file.verdict == DIFFERS]
        return [*(line.name for line in lines if line.weighs), *streams, *files]

    @property
    def doubts(self) -> list[str]:
        """Of what nobody can say whether it is the same: names of streams and files."""
        streams = [stream for stream, heard in self.echoes.items() if heard.is_same and heard.problem]
        streams = [stream for stream in streams if stream not in self.resized]
        return [*streams, *(file.name for file in self.files if file.verdict == UNKNOWN)]


def compare(old: Run, new: Run) -> Aftermath | None:
    """Compare what came out of two runs; None where one of them is gone.

    Args:
        old: The run that was repeated.
        new: The run that repeats it.

    Reads what both measured, their ends, and their logs block by block, as far as
    :data:`exparse.query.outputs.MOST_BYTES`.
    """
    found = list(rows.read([old, new]))
    if len(found) < 2:
        return None
    whole = comparing.compare(found)
    sections = {name: whole.sections[name] for name in (comparing.MEASURED, comparing.END)}
    echoes = {name.partition(".")[0]: echo(f"{old.folder}/{name}", f"{new.folder}/{name}") for name in layout.LOGS}
    return Aftermath(whole._replace(sections=sections), echoes, _files(old, new), _resized(old, new, echoes))


def _resized(old: Run, new: Run, echoes: dict[str, Echo]) -> list[str]:
    names = {name.partition(".")[0]: name for name in layout.LOGS}
    unsure = [stream for stream, heard in echoes.items() if heard.is_same and heard.problem]
    sizes = {stream: [_size(f"{run.folder}/{names[stream]}") for run in (old, new)] for stream in unsure}
    return [stream for stream, (before, after) in sizes.items() if before != after]


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def _files(old: Run, new: Run) -> list[File]:
    try:
        before, after = (Told(run.metadata).part("outputs") for run in (old, new))
    except (ExparseError, OSError):
        # Its row says what is wrong with it.
        return []
    return [_file(os.path.basename(path), before.part(was), after.part(path)) for was, path in _pairs(before, after)]


def _pairs(before: Told, after: Told) -> Iterator[tuple[str, str]]:
    """Yield paths of then and now that are of one and the same output: the same path, else param and name."""
    for path in after.fields:
        like = [was for was in before.fields if before.part(was).text("param") == after.part(path).text("param")]
        named = [was for was in like if os.path.basename(was) == os.path.basename(path)]
        if path in before.fields:
            yield path, path
        elif named or len(like) == 1:
            yield (named or like)[0], path


def _file(name: str, was: Told, now: Told) -> File:
    sizes, held = (was.whole("bytes"), now.whole("bytes")), (was.text("sha256"), now.text("sha256"))
    if all(held):
        return File(name, SAME if held[0] == held[1] else DIFFERS, *sizes)
    if sizes[0] != sizes[1]:
        return File(name, DIFFERS, *sizes)
    if sizes == (None, None) and was.text("why") == now.text("why") == hashes.NOT_THERE:
        return File(name, SAME, *sizes)
    return File(name, UNKNOWN, *sizes, was.text("why") or now.text("why") or "not hashed")
