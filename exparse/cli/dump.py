"""All that is known of a run, as data for ``--format json``."""

from __future__ import annotations

from exparse.cli import provenance
from exparse.query import logs
from exparse.query.rows import started_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from exparse.query.curves import Curve
    from exparse.query.story import Story

MOST_LINES = 100
"""Lines of each log."""


def as_object(story: Story) -> dict[str, Any]:
    """Return what is known of a run as an object whose values JSON knows, floats that are no numbers aside."""
    row, run = story.row, story.row.run
    return {
        "id": row.id,
        "name": run.name,
        "label": run.label,
        "place": run.place,
        "path": run.folder,
        "state": row.state,
        "problem": row.problem,
        "started": started_text(row),
        "seconds": row.seconds,
        **{name: story.status.fields.get(name) for name in ("exit_code", "signal", "error", "remarks", "attempts")},
        "fails": row.fails,
        "marks": row.marks,
        "tags": row.tags,
        "description": row.description,
        "notes": story.notes or None,
        "parents": story.family.parents,
        "children": story.family.children,
        "children_unseen": story.family.unseen,
        "metadata": story.metadata.fields,
        "params": row.params,
        "omitted": story.omitted,
        "patch": [change._asdict() for change in provenance.patch_of(run.folder).changes],
        "metrics": [_metric(curve) for curve in story.curves],
        "damage": [problem._asdict() for problem in story.damage],
        "summary": story.summary,
        "images": story.images,
        "captions": story.captions,
        "output": {log.name: logs.last_lines(run.folder, log, MOST_LINES) for log in story.logs},
        "files": [file._asdict() for file in story.files],
    }


def _metric(curve: Curve) -> dict[str, Any]:
    return {
        "name": curve.name,
        "part": curve.part,
        "values": len(curve.values),
        "last": curve.last,
        "step": curve.step,
        "min": curve.low,
        "max": curve.high,
    }
