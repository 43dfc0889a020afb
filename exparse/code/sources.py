"""``source.zip``: the script and the files below its folder that it imported, for when there is no commit to name.

Names in it are relative to the script's folder. The same files give the same bytes. Nothing from outside the folder
goes in, and nothing comes out of it that would lie outside of where it is put.
"""

from __future__ import annotations

import os

from exparse.code import drafts, masking
from exparse.code.changes import paths_of_root
from exparse.code.content import LeftOut, Tree
from exparse.errors import DamagedFile
from exparse.store import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any
    from zipfile import ZipFile

MAX_FILE_BYTES = 5_000_000
MAX_BYTES = 20_000_000
MAX_FILES = 5_000
MAX_LISTED = 100
_DEEPEST = 100
_SUFFIXES = (".py", ".pyw")
_INSTALLED = frozenset(("site-packages", "dist-packages", "__pycache__", ".git"))
# The first moment that the format knows: when a file was changed is no part of what the code is.
_EPOCH = (1980, 1, 1, 0, 0, 0)


class Sources:
    """Files to be kept.

    Attributes:
        files: Their bytes, by name.
        left_out: ``path``, ``bytes`` and ``why`` of what is not among them.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.left_out: list[dict[str, Any]] = []

    def facts(self) -> dict[str, Any]:
        """Return what metadata says of them."""
        size = sum(map(len, self.files.values()))
        return {"files": len(self.files), "bytes": size, "left_out": self.left_out[:MAX_LISTED]}


def packed(
    folder: str, script: str | None, imported: Iterable[str], root: str | None, secrets: list[str]
) -> tuple[bytes | None, dict[str, Any]]:
    """Return an archive of the script and what it imported, and ``files``, ``bytes`` and ``left_out``.

    Args:
        folder: Where the script lies; only files below it are taken.
        script: Path of the script, or None.
        imported: Paths of source files.
        root: Absolute path of the root, of which nothing is taken, or None.
        secrets: Texts to mask.

    The archive is None where there is nothing to tell.
    """
    sources = Sources()
    wanted = [path for path in imported if path.endswith(_SUFFIXES)]
    _take(sources, folder, [script, *wanted] if script else wanted, root, secrets)
    archive = _packed(sources.files) if sources.files or sources.left_out else None
    return archive, sources.facts()


def complete(
    folder: str, zip_path: str, imported: Iterable[str], root: str | None = None, secrets: list[str] | None = None
) -> dict[str, Any] | None:
    """Add to an archive what has been imported since it was written; for the end of a run.

    Args:
        folder: As it was given to :func:`write`.
        zip_path: The archive.
        imported: Paths of all source files that are imported by now.
        root: Absolute path of the root, or None.
        secrets: Texts to mask.

    Returns:
        ``files``, ``bytes`` and ``left_out``; None where there is no archive or nothing to add.

    Raises:
        DamagedFile: If the archive cannot be read.
        OSError: If it cannot be read or written.
    """
    if not os.path.isfile(zip_path):
        return None
    sources = Sources()
    sources.files = read(zip_path)
    there = set(sources.files)
    _take(sources, folder, [path for path in imported if path.endswith(_SUFFIXES)], root, secrets or [])
    if there.issuperset(sources.files):
        return None
    files.replace_bytes(zip_path, _packed(sources.files))
    return sources.facts()


def _take(sources: Sources, folder: str, paths: list[str], root: str | None, secrets: list[str]) -> None:
    top = os.path.realpath(folder)
    away = [os.fsdecode(path) for path in paths_of_root(top, root)]
    left = MAX_BYTES - sum(map(len, sources.files.values()))
    # Of a link to a module it is the module that Python reads, as long as it lies below the folder as well.
    real = dict.fromkeys(os.path.realpath(path) for path in paths)
    names = [os.path.relpath(path, top) for path in real if path != top and drafts.is_below(path, top)]
    tree = Tree(os.fsencode(top), trusts_modes=True)
    for name in sorted(names):
        in_root = any(drafts.is_below(name, folder) for folder in away)
        if name in sources.files or in_root or _is_installed(top, name):
            continue
        try:
            if len(sources.files) >= MAX_FILES:
                raise LeftOut(None, f"more than {MAX_FILES:,} files")
            content = tree.read(os.fsencode(name), 0, min(MAX_FILE_BYTES, max(left, 0)))
        except LeftOut as problem:
            sources.left_out.append({"path": name, "bytes": problem.size, "why": problem.why})
            continue
        if content is not None:
            sources.files[name] = masking.masked(content.data, secrets)
            left -= len(content.data)


def _is_installed(top: str, name: str) -> bool:
    """Return whether a file belongs to packages that are installed below the folder, not to the user's code."""
    parts = name.split(os.sep)[:-1]
    if not _INSTALLED.isdisjoint(parts):
        return True
    folders = [os.path.join(top, *parts[:end]) for end in range(1, len(parts) + 1)]
    return any(os.path.exists(os.path.join(folder, "pyvenv.cfg")) for folder in folders)


def _packed(files: dict[str, bytes]) -> bytes:
    import io
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            # Undecodable bytes of a name have no place in the format.
            info = zipfile.ZipInfo(name.replace(os.sep, "/").encode("utf-8", "replace").decode(), _EPOCH)
            info.external_attr = 0o100644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, files[name])
    return out.getvalue()


def read(zip_path: str) -> dict[str, bytes]:
    """Return the files of an archive by name.

    Raises:
        DamagedFile: If it is no archive, larger than the limits, or a name in it leads elsewhere.
        OSError: If it cannot be read.
    """
    import zipfile
    import zlib

    try:
        with open(files.open_plain(zip_path)[0], "rb") as stream, zipfile.ZipFile(stream) as archive:
            _check(archive, zip_path)
            return {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as problem:
        if isinstance(problem, DamagedFile):
            raise
        raise DamagedFile(zip_path, f"no archive that can be read: {problem}") from None


def _check(archive: ZipFile, path: str) -> None:
    infos = archive.infolist()
    if len(infos) > MAX_FILES or sum(info.file_size for info in infos) > 2 * MAX_BYTES:
        raise DamagedFile(path, f"more than {MAX_FILES:,} files or {2 * MAX_BYTES:,} bytes")
    for info in infos:
        if info.filename.count("/") > _DEEPEST:
            raise DamagedFile(path, f"a name in it leads through more than {_DEEPEST} folders")
        if not is_inner(info.filename):
            raise DamagedFile(path, f"the name {info.filename!r} leads out of it")


def is_inner(name: str) -> bool:
    """Return whether a name of an archive or a tree stays below the folder that it is put into."""
    parts = name.rstrip("/").split("/")
    odd = "\\" in name or "\0" in name or (os.name == "nt" and ":" in name)
    return not odd and all(part not in ("", ".", "..") and part.lower() != ".git" for part in parts)


def unpack(zip_path: str, to: str) -> int:
    """Write the files of an archive below a folder; return how many there are.

    Args:
        zip_path: The archive.
        to: An empty folder.

    Raises:
        DamagedFile: If the archive cannot be read or a name in it leads elsewhere: then nothing is written.
        OSError: If a file cannot be written, or is there.
    """
    found = read(zip_path)
    for name, data in found.items():
        path = os.path.join(to, *name.split("/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "xb") as stream:
            stream.write(data)
    return len(found)
