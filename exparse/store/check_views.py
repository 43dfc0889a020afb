"""Links of views that lead to no run any more."""

from __future__ import annotations

import os
from functools import partial

from exparse.store import absence, layout, views
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
        place, _, name = run.partition("/")
        is_removed = os.path.isdir(f"{root}/{layout.TRASH}/{name}")
        why = None if is_removed else absence.doubt(root, name, place)
        if why:
            cure = "Put the folder of the runs back in its place; `exparse views` brings all up to date"
            what = f"it leads nowhere, but the run may not be gone: {why}"
            yield Finding("view", f"{layout.VIEWS}/{path}", what, cure)
            continue
        what = f"it leads nowhere: the run {'is in the trash' if is_removed else 'is not there'}"
        mend = "`exparse views` brings all up to date; --repair removes it"
        yield Finding("view", f"{layout.VIEWS}/{path}", what, mend, partial(views.drop, root, folder, path))
