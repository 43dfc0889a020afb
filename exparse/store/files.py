"""Writing all or nothing, reading only what is a plain file.

Network file systems can do a thing and report that it failed; so after an error each function looks
whether what it wanted is there (faults of NFS: ``docs/format.rst``, "Guarantees").
"""

from __future__ import annotations

import errno
import os
import stat

from exparse.errors import DamagedFile

MAX_READ = 64_000_000
_BYTES = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_OPEN_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BYTES
_OPEN_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | _BYTES
OPEN_APPEND = os.O_RDWR | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
OPEN_APPEND |= getattr(os, "O_BINARY", 0)
_NO_LINKS = (
    errno.EPERM,
    errno.ENOSYS,
    errno.EOPNOTSUPP,
    errno.EINVAL,
    getattr(errno, "ENOTSUP", errno.EOPNOTSUPP),
)


def make_folder(path: str) -> bool:
    """Make one folder; return False where it is there already."""
    try:
        os.mkdir(path)
    except OSError:
        if os.path.isdir(path):
            return False
        raise
    return True


def write_new(path: str, text: str) -> None:
    """Write a file that must not be there yet, with the modes of the user's umask.

    Args:
        path: Where.
        text: What, written as UTF-8.
    """
    write_new_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_new_bytes(path: str, data: bytes) -> None:
    """Write a file that must not be there yet, with the modes of the user's umask."""
    handle = os.open(path, _OPEN_NEW, 0o666)
    try:
        while data:
            data = data[os.write(handle, data) :]
        _begin_to_write(handle)
    finally:
        os.close(handle)


def _begin_to_write(handle: int) -> None:
    """Have the system begin to write a file out, without waiting for it.

    Otherwise a rename may reach the disk before the text does (ext4 allocates late), and a power cut in
    between leaves an empty file under the final name. Linux starts the writing where one says that the
    cached pages will not be needed.
    """
    if hasattr(os, "posix_fadvise"):
        try:
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        except OSError:
            return  # a file system that does not know it: the flush that follows has to do


def replace(path: str, text: str) -> None:
    """Replace a file in one step: readers see the old text or the new, never half of it."""
    replace_bytes(path, text.encode("utf-8", "backslashreplace"))


def replace_bytes(path: str, data: bytes) -> None:
    """Replace a file in one step: readers see what it held before or what it holds now."""
    beside = draft(path)
    try:
        write_new_bytes(beside, data)
        move(beside, path, onto=True)
    except BaseException:
        remove_quietly(beside)
        raise


def draft(path: str) -> str:
    """Return a name beside a file, for what is to take its place; readers pass over it."""
    folder, name = os.path.split(path)
    return f"{folder}/.{name}.{os.getpid()}.{os.urandom(4).hex()}"


def append(path: str, data: bytes) -> None:
    """Append whole lines by one write, so that several processes may do so at once; make the file if it is missing.

    Raises:
        OSError: If the system did not take all of it.
    """
    handle = os.open(path, OPEN_APPEND | os.O_CREAT, 0o666)
    try:
        data = b"\n" + data if ends_torn(handle) else data
        if os.write(handle, data) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
    finally:
        os.close(handle)


def ends_torn(handle: int) -> bool:
    """Return whether a file does not end with an end of line: somebody was killed while writing, or the disk full."""
    if os.lseek(handle, 0, os.SEEK_END) == 0:
        return False
    os.lseek(handle, -1, os.SEEK_END)
    return os.read(handle, 1) != b"\n"


def move(source: str, target: str, onto: bool = False) -> None:
    """Rename; done although reported as failed counts as done."""
    while True:
        try:
            (os.replace if onto else os.rename)(source, target)
            return
        except InterruptedError:
            continue
        except OSError:
            if os.path.lexists(source) or not os.path.lexists(target):
                raise
            return


def remove_quietly(path: str) -> None:
    """Remove a file if it is there and can be removed: for drafts, which readers pass over anyway."""
    try:
        os.unlink(path)
    except OSError:
        return


def link(target: str, path: str) -> None:
    """Make a symbolic link, or where there are none a small file that holds the target.

    Args:
        target: Relative to the folder of ``path``.
        path: Where the link is to be; a link of that name is replaced.
    """
    try:
        os.symlink(target, path)
    except OSError as problem:
        if points_to(path) == target:
            return
        if problem.errno == errno.EEXIST:
            os.unlink(path)
            link(target, path)
        elif problem.errno in _NO_LINKS or os.name == "nt":
            replace(path, f"{target}\n")
        else:
            # Not the target, which the system names first.
            raise OSError(problem.errno, problem.strerror, path) from None


def points_to(path: str) -> str | None:
    """Return the target of a link or a pointer file, or None where it is neither."""
    try:
        return os.readlink(path)
    except (OSError, ValueError):
        pass  # no link: perhaps a pointer file
    try:
        text = read_text(path, 4096)
    except (OSError, DamagedFile):
        return None
    # Ours lead up and then down into a run: a file of the user's with one line is none.
    ours = text.startswith("../") and text.endswith((".yaml\n", ".yaml")) and text.count("\n") <= 1
    return text.strip() if ours else None


def read_text(path: str, most: int = MAX_READ) -> str:
    """Return the text of a plain file.

    Raises:
        DamagedFile: If it is a link, a folder, a pipe or a device, larger than ``most`` bytes, or no UTF-8.
        OSError: If it cannot be read.
    """
    data = read_bytes(path, most)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise DamagedFile(path, f"no UTF-8 at byte {problem.start}") from None


def read_bytes(path: str, most: int = MAX_READ) -> bytes:
    """Return what a plain file holds.

    Raises:
        DamagedFile: If it is a link, a folder, a pipe or a device, or larger than ``most`` bytes.
        OSError: If it cannot be read.
    """
    handle, size = open_plain(path)
    try:
        if size > most:
            raise DamagedFile(path, f"larger than {most:,} bytes")
        return read_all(handle, size)
    finally:
        os.close(handle)


def read_all(handle: int, size: int) -> bytes:
    """Return what comes in an opened file, to its end.

    Args:
        handle: Its descriptor.
        size: Bytes that are expected. Where no more come, it takes one call: a hundred thousand small files are read.
    """
    data = os.read(handle, size + 1)
    if len(data) == size:
        return data
    parts = [data]
    while part := os.read(handle, 1 << 20):
        parts.append(part)
    return b"".join(parts)


def open_plain(path: str) -> tuple[int, int]:
    """Open a plain file for reading; return its descriptor and its size in bytes.

    Never follows a link in the last part of the path, and never waits.

    Raises:
        DamagedFile: If it is a link, a folder, a pipe or a device.
        OSError: If it cannot be opened.
    """
    try:
        handle = os.open(path, _OPEN_READ)
    except OSError as problem:
        handle = _opened_after(problem, path)
    kind = os.fstat(handle)
    if not stat.S_ISREG(kind.st_mode):
        os.close(handle)
        raise DamagedFile(path, "no plain file")
    return handle, kind.st_size


def _opened_after(problem: OSError, path: str) -> int:
    if problem.errno == getattr(errno, "ESTALE", None):
        # Another host replaced the file since it was looked up: look it up once more.
        return os.open(path, _OPEN_READ)
    if problem.errno in (errno.ELOOP, getattr(errno, "EMLINK", errno.ELOOP), errno.ENXIO):
        raise DamagedFile(path, "no plain file") from None
    raise problem


def remove_tree(path: str) -> None:
    """Remove a folder and all below it; links are removed, never followed."""
    with os.scandir(path) as entries:
        for entry in list(entries):
            if entry.is_dir(follow_symlinks=False):
                remove_tree(entry.path)
            else:
                os.unlink(entry.path)
    os.rmdir(path)
