"""Links of a root that lead nowhere or elsewhere, and runs that lack theirs."""

from __future__ import annotations

import os
from functools import partial

from exparse.errors import InvalidName
from exparse.store import absence, files, keeping, layout, marks, trash
from exparse.store.finding import Finding, entries, runs_in
from exparse.store.run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_GO = "--repair removes it"
_INTO_NOTE = "--repair moves the mark into the note of the run, so that it comes back with it"
_PUT_BACK = "Put the folder of the runs back in its place; if they are gone for good, remove the link by hand"
_RUN_AGAIN = "--repair makes it anew"
_NOT_OURS = "Move it elsewhere: it is none of exparse's"


def look(root: str) -> Iterator[Finding]:
    """Yield what is wrong with ``index/``, ``fails/`` and ``marked/``."""
    # Runs first: what appears from now on has its link when the links are listed, or is not asked for one.
    there = {place: runs_in(root, place) for place in (layout.RUNS, layout.TMP)}
    failed = {entry.name for entry in entries(f"{root}/{layout.FAILS}")}
    linked = {entry.name for entry in entries(f"{root}/{layout.INDEX}")}
    if not os.path.islink(f"{root}/{layout.INDEX}"):
        yield from _missing(root, there[layout.RUNS], linked, failed)
    for shown in (layout.INDEX, layout.FAILS):
        yield from _shown(root, shown)
    yield from _marked(root, {name: place for place, names in there.items() for name in names})


def _missing(root: str, names: list[str], linked: set[str], failed: set[str]) -> Iterator[Finding]:
    for name in names:
        entry = f"{name}.yaml"
        if (entry in failed) != (entry in linked):
            continue
        # The listings are of different moments, and the run may have failed in between.
        here, there = (os.path.lexists(f"{root}/{shown}/{entry}") for shown in (layout.INDEX, layout.FAILS))
        if here and there:
            if keeping.under_way(Run(root, name)):
                continue  # it may be failing just now
            path = f"{layout.INDEX}/{entry}"
            mend = partial(_unlink_twice_shown, root, path, name)
            yield Finding("link", path, "the run failed in run.safe() and has its link in fails/ already", _GO, mend)
        elif not here and not there and os.path.isdir(f"{root}/{layout.RUNS}/{name}"):
            mend = partial(_show, root, layout.INDEX, name)
            yield Finding("link", f"{layout.INDEX}/{entry}", "the run has no link here", _RUN_AGAIN, mend)


def _shown(root: str, shown: str) -> Iterator[Finding]:
    for entry in entries(f"{root}/{shown}"):
        path, name = f"{shown}/{entry.name}", entry.name.removesuffix(".yaml")
        if entry.name.startswith("."):
            continue  # a draft, or nobody's business
        target = None if entry.is_dir(follow_symlinks=False) else files.points_to(entry.path)
        if target is None or not layout.parse_run_name(name):
            yield Finding("foreign", path, "it is no link to a run", _NOT_OURS)
        elif not _is_run(root, layout.TMP if target.startswith(f"../{layout.TMP}/") else layout.RUNS, name):
            yield _dangling(root, path, name, absence.place_of(target))
        elif not _leads_right(target, shown, name):
            mend = partial(_show, root, shown, name)
            yield Finding("link", path, f"it leads to {target!r:.200}", _RUN_AGAIN, mend)


def _leads_right(target: str, shown: str, name: str) -> bool:
    places = (layout.RUNS, layout.TMP) if shown == layout.FAILS else (layout.RUNS,)
    return target in [f"../{place}/{name}/{layout.PARAMS}" for place in places]


def _marked(root: str, places: dict[str, str]) -> Iterator[Finding]:
    if os.path.islink(f"{root}/{layout.MARKED}"):
        return
    for mark, name in list(marks.walk(root)):
        for end in (".yaml", ""):
            path = f"{layout.MARKED}/{mark}/{name}{end}"
            if os.path.lexists(f"{root}/{path}"):
                yield from _mark(root, path, mark, name, places)


def _mark(root: str, path: str, mark: str, name: str, places: dict[str, str]) -> Iterator[Finding]:
    target = files.points_to(f"{root}/{path}")
    place = places.get(name) or next((p for p in (layout.RUNS, layout.TMP) if _is_run(root, p, name)), None)
    if target is None:
        yield Finding("foreign", path, "it is no link to a run", _NOT_OURS)
    elif not _is_mark(mark):
        yield Finding("mark", path, "its folder has a name that no mark may have", "Rename the folder")
    elif place is None:
        yield _dangling(root, path, name, absence.place_of(target), mark)
    elif path.endswith(".yaml") and target != _mark_target(mark, place, name):
        mend = partial(_mark_anew, root, mark, name, place)
        yield Finding("mark", path, f"it leads to {target!r:.200}", _RUN_AGAIN, mend)


def _is_mark(mark: str) -> bool:
    try:
        return bool(layout.check_mark(mark))
    except InvalidName:
        return False


def _mark_target(mark: str, place: str, name: str) -> str:
    return f"{'../' * (mark.count('/') + 2)}{place}/{name}/{layout.PARAMS}"


def _is_run(root: str, place: str, name: str) -> bool:
    path = f"{root}/{place}/{name}"
    return os.path.isdir(path) and not os.path.islink(path)


def _dangling(root: str, path: str, name: str, place: str, mark: str | None = None) -> Finding:
    """Return what is said of a link whose run is not there; ``mark`` is the one that it stands for, if any."""
    kind = "link" if mark is None else "mark"
    if _is_run(root, layout.TRASH, name):
        what = "it leads nowhere: the run is in the trash"
        if mark is None:
            return Finding(kind, path, what, _GO, partial(_unlink, root, path, name, place))
        return Finding(kind, path, what, _INTO_NOTE, partial(_into_note, root, mark, name, path))
    why = absence.doubt(root, name, place)
    if why:
        return Finding(kind, path, f"it leads nowhere, but the run may not be gone: {why}", _PUT_BACK)
    mend = partial(_unlink, root, path, name, place) if mark is None else partial(_drop, root, mark, name, path, place)
    return Finding(kind, path, "it leads nowhere: the run is gone", _GO, mend)


def _unlink(root: str, path: str, name: str, place: str) -> None:
    # What has taken its place meanwhile and is no link of ours stays; so does the link of a run that is back.
    is_away = _is_run(root, layout.TRASH, name) or not absence.doubt(root, name, place)
    if is_away and files.points_to(f"{root}/{path}") is not None:
        os.unlink(f"{root}/{path}")


def _unlink_twice_shown(root: str, path: str, name: str) -> None:
    if os.path.lexists(f"{root}/{layout.FAILS}/{name}.yaml") and files.points_to(f"{root}/{path}") is not None:
        os.unlink(f"{root}/{path}")


def _show(root: str, shown: str, name: str) -> None:
    path = f"{root}/{shown}/{name}.yaml"
    place = layout.RUNS if _is_run(root, layout.RUNS, name) else layout.TMP
    if not _is_run(root, place, name) or (os.path.lexists(path) and files.points_to(path) is None):
        return
    if place == layout.TMP and shown == layout.INDEX:
        os.unlink(path)
        return
    files.make_folder(f"{root}/{shown}")
    files.link(f"../{place}/{name}/{layout.PARAMS}", path)


def _drop(root: str, mark: str, name: str, path: str, place: str) -> None:
    if not absence.doubt(root, name, place) and files.points_to(f"{root}/{path}") is not None:
        marks.drop(root, mark, name)


def _into_note(root: str, mark: str, name: str, path: str) -> None:
    if files.points_to(f"{root}/{path}") is not None and trash.bear(Run(root, name, layout.TRASH), [mark]):
        marks.drop(root, mark, name)


def _mark_anew(root: str, mark: str, name: str, place: str) -> None:
    if _is_run(root, place, name) and files.points_to(f"{root}/{layout.MARKED}/{mark}/{name}.yaml") is not None:
        marks.add(root, mark, name, place)
