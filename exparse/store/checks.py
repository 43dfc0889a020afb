"""What may be wrong with a root: found without a change to anything, and put right where it is only derived.

Links, the counter, drafts and left-overs can be made anew or go without a loss; those findings carry their repair.
Params, metadata, states and whatever the user put there are told, and are never touched.
"""

from __future__ import annotations

from exparse.store import check_left_overs, check_links, check_places, check_runs, check_views, layout
from exparse.store.finding import runs_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from exparse.store.finding import Finding


def look(root: str, seen: Callable[[int], object] = int) -> Iterator[Finding]:
    """Yield everything that is wrong with a root. Writes nothing and follows no link.

    Args:
        root: Path of the root.
        seen: Is called with 1 after each run that was looked at.
    """
    yield from check_places.look(root)
    yield from check_left_overs.look(root)
    yield from check_links.look(root)
    yield from check_views.look(root)
    yield from check_runs.look(root, seen)


def runs(root: str) -> int:
    """Return how many runs :func:`look` is going to look at."""
    return sum(len(runs_in(root, place)) for place in (layout.RUNS, layout.TMP))
