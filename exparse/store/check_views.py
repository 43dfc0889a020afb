"""Links of views that lead to no run any more."""

from __future__ import annotations

import os
from functools import partial

from exparse.store import layout, views
from exparse.store.finding import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def look(root: str) -> Iterator[Finding]:
    """Yield the links of ``views/`` whose runs are gone, or in the trash; views that lie elsewhere are not known."""
    folder = f"{root}/{layout.VIEWS}"
    if os.path.islink(folder):
        return
    for path, run in views.dangling(root, folder):
        is_removed = os.path.isdir(f"{root}/{layout.TRASH}/{run.partition('/')[2]}")
        what = f"it leads nowhere: the run {'is in the trash' if is_removed else 'is not there'}"
        mend = "`exparse views` brings all up to date; --repair removes it"
        yield Finding("view", f"{layout.VIEWS}/{path}", what, mend, partial(views.drop, root, folder, path))
