"""The root that paths of runs bring with them: it need not be the one that is found from the working folder."""

from __future__ import annotations

import os

from exparse.errors import ExparseError
from exparse.store import select
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def root(selectors: Iterable[str]) -> str | None:
    """Return the root in which all lie that paths of runs name.

    Args:
        selectors: What picks runs.

    Returns:
        Its folder; None where one of them is no path of a run, where they lie in several roots, or in the one that
        is found from here, by whatever links.
    """
    found = {select.root_of(selector) if _is_path(selector) else None for selector in selectors}
    only = found.pop() if len(found) == 1 else None
    if only is None:
        return None
    try:
        return None if os.path.realpath(find().folder) == only else only
    except ExparseError:
        return only


def _is_path(selector: str) -> bool:
    # A file that is called "42" does not make that number a path.
    return os.sep in selector or selector in (os.curdir, os.pardir)
