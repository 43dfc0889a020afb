"""Files that a script leaves in its run: copied there, or written there, below ``files/``."""

from __future__ import annotations

import os
import stat

from exparse.errors import ExparseError
from exparse.record import about, inside, trouble
from exparse.store import files, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import IO, Any

    from exparse.record.writing import Writing

_CHUNK = 1 << 20
_AT_A_TIME = 1 << 30


def keep(run: Writing, path: str | os.PathLike[str], name: str | None, caption: str | None) -> Path:
    """Copy a file or a folder into a run (:meth:`exparse.record.writing.Writing.file`); return the copy's path.

    Raises:
        OSError: If there is no such file, or it cannot be read.
        InvalidName: If the name may not become a path.
        ExparseError: If it is neither a file nor a folder, or holds the run itself.
    """
    from pathlib import Path

    source = os.path.abspath(os.fspath(path))
    kept = layout.check_path(os.path.basename(source) if name is None else name, "the file")
    about.check_caption(caption)
    kind = os.stat(source).st_mode
    folder = run.folder
    target = inside.path(folder, layout.FILES, kept)
    # What was written by run.open() lies there already, and only gets its caption.
    is_there = os.path.exists(target) and os.path.samefile(source, target)
    if stat.S_ISDIR(kind):
        _check_apart(source, folder)
    elif not stat.S_ISREG(kind):
        raise ExparseError(f"{source} is neither a file nor a folder, so it cannot be copied into the run")
    else:
        os.close(os.open(source, os.O_RDONLY))
    try:
        if not is_there:
            _copy_into(source, inside.place(folder, layout.FILES, kept), stat.S_ISDIR(kind))
    except OSError as problem:
        trouble.tell(folder, "files", problem)
    else:
        about.quietly(run, "captions", about.caption, run, {"file": kept}, run.without_secrets(caption))
    return Path(target)


def _check_apart(source: str, folder: str) -> None:
    inner, outer = os.path.realpath(folder), os.path.realpath(source)
    if inner == outer or inner.startswith(f"{outer.rstrip(os.sep)}{os.sep}"):
        raise ExparseError(f"{source} holds this run itself, so it cannot be copied into it. Name a folder inside")


def _copy_into(source: str, target: str, is_folder: bool) -> None:
    """Copy beside the target, then let it take the target's place."""
    beside = files.draft(target)
    try:
        _copy_folder(source, beside) if is_folder else _copy_file(source, beside)
        if is_folder and os.path.isdir(target):
            aside = files.draft(target)
            os.rename(target, aside)
            os.rename(beside, target)
            files.remove_tree(aside)
        else:
            files.move(beside, target, onto=True)
    except OSError:
        _discard(beside)
        raise


def _discard(beside: str) -> None:
    if not os.path.isdir(beside):
        files.remove_quietly(beside)
        return
    try:
        files.remove_tree(beside)
    except OSError:
        return  # it lies under the name of a draft, which readers pass over


def _copy_folder(source: str, target: str) -> None:
    os.mkdir(target)
    with os.scandir(source) as entries:
        for entry in entries:
            path = f"{target}/{entry.name}"
            if entry.is_symlink():
                os.symlink(os.readlink(entry.path), path)
            elif entry.is_dir(follow_symlinks=False):
                _copy_folder(entry.path, path)
            elif entry.is_file(follow_symlinks=False):
                _copy_file(entry.path, path)


def _copy_file(source: str, target: str) -> None:
    with open(source, "rb") as reader, open(target, "xb") as writer:
        mode = os.fstat(reader.fileno()).st_mode
        if not _copied_by_system(reader.fileno(), writer.fileno()):
            while chunk := reader.read(_CHUNK):
                writer.write(chunk)
        if mode & 0o100 and hasattr(os, "fchmod"):
            made = os.fstat(writer.fileno()).st_mode
            # Whoever may read it may run it, as the umask let him read it.
            os.fchmod(writer.fileno(), stat.S_IMODE(made) | (made & 0o444) >> 2)


def _copied_by_system(reader: int, writer: int) -> bool:
    """Let the system copy, which takes no space and no time where both files may share their blocks."""
    if not hasattr(os, "copy_file_range"):
        return False
    copied = 0
    try:
        while done := os.copy_file_range(reader, writer, _AT_A_TIME):
            copied += done
    except OSError:
        if copied:
            raise
        # Another file system, or one that cannot.
        return False
    # Files that the system makes up (/proc) have no size to copy by.
    return copied > 0


def opened(
    folder: str, name: str, mode: str, buffering: int, encoding: str | None, errors: str | None, newline: str | None
) -> IO[Any]:
    """Open a file below ``files/`` of a run (:meth:`exparse.record.writing.Writing.open`).

    Raises:
        InvalidName: If the name may not become a path.
        OSError: If it cannot be opened.
    """
    writes = not set("wax+").isdisjoint(mode)
    path = (inside.place if writes else inside.path)(folder, layout.FILES, name)
    told = encoding if encoding is not None or "b" in mode else "utf-8"
    return open(path, mode, buffering, told, errors, newline, opener=_opener)


def _opener(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)
