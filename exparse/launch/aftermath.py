"""What came out of a run that repeats another: metrics, summary, end, output and files, beside those of the first."""

from __future__ import annotations

import os
from collections import Counter
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
_OFF = "off"


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
        comparison: Their params, what they measured and how they ended, side by side.
        echoes: How their output differs, by name of the stream.
        files: The files that both wrote.
        resized: Streams that are the same as far as they were compared, and cannot be in all: their sizes differ.
        is_kept: Whether both runs kept what they printed.
    """

    comparison: Comparison
    echoes: dict[str, Echo]
    files: list[File]
    resized: list[str]
    is_kept: bool

    @property
    def unlike(self) -> list[str]:
        """What came out differently: names of metrics, of facts about the end, of streams, of files."""
        sections = (comparing.MEASURED, comparing.END)
        lines = [line for section in sections for line in self.comparison.differing(section)]
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
    :data:`exparse.query.outputs.MOST_BYTES`. In the logs, the tree in which one ran is called by what it stands for,
    and the folder of the second run like that of the first.
    """
    found = list(rows.read([old, new]))
    if len(found) < 2:
        return None
    whole = comparing.compare(found)
    sections = {name: whole.sections[name] for name in (comparing.PARAMS, comparing.MEASURED, comparing.END)}
    was, now = _told(old), _told(new)
    is_kept = _OFF not in (was.text("capture"), now.text("capture"))
    names = _names(old, new, was, now)
    echoes = _echoes(old, new, names) if is_kept else {}
    # With longer names in it, a log is longer, and says the same.
    is_as_long = all(len(then) == len(here) for part in names for then, here in part.items() if then)
    resized = _resized(old, new, echoes) if is_as_long else []
    # In another root the new run may bear the number of the old one.
    heads = [f"{old.id} (then)", f"{new.id} (now)"] if old.id == new.id else whole.heads
    return Aftermath(whole._replace(heads=heads, sections=sections), echoes, _files(was, now), resized, is_kept)


def _told(run: Run) -> Told:
    try:
        return Told(run.metadata)
    except (ExparseError, OSError):
        # Its row says what is wrong with it.
        return Told(None)


def _echoes(old: Run, new: Run, names: tuple[dict[str, str], dict[str, str]]) -> dict[str, Echo]:
    paths = {name: (f"{old.folder}/{name}", f"{new.folder}/{name}") for name in layout.LOGS}
    return {name.partition(".")[0]: echo(*both, names) for name, both in paths.items()}


def _names(old: Run, new: Run, was: Told, now: Told) -> tuple[dict[str, str], dict[str, str]]:
    """Return what is to be called alike in the logs of two runs: what stands for what in each."""
    top = _top(was)
    before = {was.text("tree"): top} if top else {}
    after = {path: top for path in (now.text("tree"), _top(now)) if len(path) > 1} if top else {}
    return before, {**after, new.folder: old.folder, new.name: old.name}


def _top(told: Told) -> str:
    """Return the folder of a run's code, as its records name it."""
    script = told.text("script")
    return told.part("git").text("top") or (os.path.dirname(script) if script else told.text("cwd"))


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


def _files(was: Told, now: Told) -> list[File]:
    before, after = was.part("outputs"), now.part("outputs")
    return [_file(os.path.basename(path), before.part(was), after.part(path)) for was, path in _pairs(before, after)]


def _pairs(before: Told, after: Told) -> Iterator[tuple[str, str]]:
    """Yield paths of then and now that are of one and the same output: the same path, else param and name."""
    of_param: dict[str, dict[str, str]] = {}
    counts = Counter(before.part(was).text("param") for was in before.fields)
    for was in before.fields:
        of_param.setdefault(before.part(was).text("param"), {}).setdefault(os.path.basename(was), was)
    for path in after.fields:
        param = after.part(path).text("param")
        like = of_param.get(param, {})
        if path in before.fields:
            yield path, path
        elif os.path.basename(path) in like or counts[param] == 1:
            yield like.get(os.path.basename(path)) or next(iter(like.values())), path


def _file(name: str, was: Told, now: Told) -> File:
    sizes, held = (was.whole("bytes"), now.whole("bytes")), (was.text("sha256"), now.text("sha256"))
    if all(held):
        return File(name, SAME if held[0] == held[1] else DIFFERS, *sizes)
    if sizes[0] != sizes[1]:
        return File(name, DIFFERS, *sizes)
    if sizes == (None, None) and was.text("why") == now.text("why") == hashes.NOT_THERE:
        return File(name, SAME, *sizes)
    return File(name, UNKNOWN, *sizes, was.text("why") or now.text("why") or "not hashed")
