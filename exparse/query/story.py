"""All that is known of one run, read for one page."""

from __future__ import annotations

from typing import NamedTuple

from exparse.errors import DamagedFile, ExparseError
from exparse.format import params
from exparse.query import curves, family, logs, usage
from exparse.query.curves import Problem
from exparse.query.told import Told, status
from exparse.store import files, layout, values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from exparse.query.curves import Curve
    from exparse.query.family import Family
    from exparse.query.logs import Log
    from exparse.query.rows import Row
    from exparse.query.usage import File
    from exparse.store.run import Run


class Story(NamedTuple):
    """What the files of a run say, beside what its row does; empty where they cannot be read.

    Attributes:
        row: The row.
        metadata: What ``metadata.json`` says.
        status: What ``status.json`` says: ``started``, ``error``, ``signal``, ``exit_code``, ``remarks``, ``attempts``.
        omitted: Why a param is not among those of the row, by name.
        curves: Its metrics.
        damage: What could not be read of them, and of its summary.
        summary: Its summary, flattened.
        notes: The user's words.
        images: The steps of each of its images.
        captions: Captions of its files and images, by path below its folder.
        family: Its relatives.
        logs: What it printed.
        files: What lies in its folder.
    """

    row: Row
    metadata: Told
    status: Told
    omitted: dict[str, str]
    curves: list[Curve]
    damage: list[Problem]
    summary: dict[str, Any]
    notes: str
    images: dict[str, list[int]]
    captions: dict[str, str]
    family: Family
    logs: list[Log]
    files: list[File]


def story(row: Row) -> Story:
    """Read what there is of a run; see :class:`Story`."""
    run = row.run
    metadata = _metadata(run)
    measured, damage = curves.read(run.folder)
    summary = _summary(run, damage)
    there = usage.files(run.folder)
    return Story(
        row,
        metadata,
        status(run),
        _omitted(run),
        measured,
        damage,
        summary,
        _notes(run),
        run.images,
        _captions(run),
        family.family(run),
        logs.logs(run.folder),
        there,
    )


def _metadata(run: Run) -> Told:
    try:
        return Told(run.metadata)
    except (ExparseError, OSError):
        # The row says what is wrong with the run.
        return Told(None)


def _summary(run: Run, problems: list[Problem]) -> dict[str, Any]:
    try:
        return values.read_summary(run.folder)
    except FileNotFoundError:
        return {}
    except (OSError, DamagedFile, RecursionError) as problem:
        problems.append(Problem(layout.SUMMARY, getattr(problem, "reason", None) or str(problem)))
        return {}


def _omitted(run: Run) -> dict[str, str]:
    try:
        return params.omitted(files.read_text(f"{run.folder}/{layout.PARAMS}"))
    except (OSError, DamagedFile):
        # As above.
        return {}


def _notes(run: Run) -> str:
    try:
        return run.notes
    except ExparseError as problem:
        return f"({problem})"


def _captions(run: Run) -> dict[str, str]:
    try:
        about = run.about
    except (OSError, ExparseError):
        # As above.
        return {}
    images = {f"{layout.IMAGES}/{name}/{step}.png": said for (name, step), said in about.image_captions.items()}
    return {**{f"{layout.FILES}/{name}": said for name, said in about.captions.items()}, **images}
