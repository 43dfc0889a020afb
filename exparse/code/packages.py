"""The packages that a program could import, as requirements: read from folder names, with no help of pip."""

from __future__ import annotations

import os

from exparse.code.git import bare_url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_INSTALLED = (".dist-info", ".egg-info")
_IN_PLACE = "-e "
_MOST_BYTES = 1_000_000
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./+:@%,=~")


class _Package:
    """A package, and what is said of it.

    Attributes:
        name: Its name.
        line: The requirement.
        beside: Folder of its sources, where that is known from what lies there; links resolved.
        in_place: Folder that it is said to be worked on in.
    """

    def __init__(self, name: str, line: str, beside: str | None = None, in_place: str | None = None) -> None:
        self.name, self.line, self.beside, self.in_place = name, line, beside, in_place

    def is_left_by(self, other: _Package) -> bool:
        """Return whether this is what the installation of another has left beside its sources."""
        if self.beside is None or other.in_place is None:
            return False
        project = os.path.realpath(other.in_place)
        return self.beside == project or self.beside.startswith(project.rstrip(os.sep) + os.sep)


def requirements(path: list[str]) -> list[str]:
    """Return a line for each package on a path of imports, sorted by name; of twins the first counts.

    What an installer has left beside the sources of a package counts for less than what it says of that package where
    it has put it: which of them comes first depends on the folder that one stands in.

    ``name==version``; ``-e folder`` for what is worked on in place; ``name @ url`` for what came from an address,
    with the commit where that was a repository.

    Args:
        path: ``sys.path``. What cannot be read is passed over, as Python does.
    """
    found: dict[str, _Package] = {}
    for folder in dict.fromkeys(path):
        for name in _names(folder):
            package = _package(folder, name)
            if package is not None:
                key = _folded(package.name)
                first = found.setdefault(key, package)
                if first.is_left_by(package):
                    found[key] = package
    return [package.line for _, package in sorted(found.items())]


def moved(line: str, was: str, now: str) -> str:
    """Return a line of :func:`requirements`; a folder that lies below one is named below another that it stands for."""
    import shlex

    if not line.startswith(_IN_PLACE):
        return line
    folder, _, comment = line[len(_IN_PLACE) :].partition("  # ")
    path = os.path.realpath(next(iter(shlex.split(folder)), ""))
    if path != was and not path.startswith(was + os.sep):
        return line
    return f"{_IN_PLACE}{_quoted(now + path[len(was) :])}" + (f"  # {comment}" if comment else "")


def _names(folder: str) -> list[str]:
    try:
        with os.scandir(folder or ".") as entries:
            return sorted(entry.name for entry in entries if entry.name.endswith(_INSTALLED))
    except OSError:
        return []  # no folder: an archive, or a path that leads nowhere


def _package(folder: str, entry: str) -> _Package | None:
    """Return what is said of what a folder ``numpy-1.26.4.dist-info`` stands for."""
    stem, _, kind = entry.rpartition(".")
    name, _, version = stem.partition("-")
    if not _PLAIN.issuperset(stem) or not name[:1].isalnum():
        return None  # what an installer left behind ("~umpy-1.26.4.dist-info"), or no package
    if kind == "dist-info" and version:
        told = _told(os.path.join(folder, entry, "direct_url.json"))
        line = _from_url(_shown(name), told) or f"{_shown(name)}=={version}"
        return _Package(name, line, in_place=_path(bare_url(told["url"])) if line.startswith(_IN_PLACE) else None)
    version = version.partition("-py")[0]
    if kind == "dist-info":
        return None
    if version:
        return _Package(name, f"{_shown(name)}=={version}")
    # Without a version in its name it lies beside the sources that it is made of.
    told_version = _version_in(os.path.join(folder, entry, "PKG-INFO"))
    comment = f"  # {_shown(name)}=={told_version}" if told_version else ""
    beside = os.path.dirname(os.path.realpath(os.path.join(folder, entry)))
    return _Package(name, f"{_IN_PLACE}{_quoted(os.path.abspath(folder))}{comment}", beside)


def _shown(name: str) -> str:
    # Folder names have an underscore for each dash; to an installer they are the same.
    return name.replace("_", "-")


def _folded(name: str) -> str:
    parts = name.lower().replace("_", "-").replace(".", "-").split("-")
    return "-".join([part for part in parts if part])


def _text(path: str) -> str:
    try:
        with open(path, "rb") as stream:
            return stream.read(_MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def _told(path: str) -> dict[str, Any]:
    """Return what ``direct_url.json`` says of where a package came from (PEP 610); nothing where there is none."""
    text = _text(path)
    if not text:
        return {}
    import json

    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) and isinstance(told.get("url"), str) else {}


def _from_url(name: str, told: dict[str, Any]) -> str | None:
    if not told:
        return None
    url = bare_url(told["url"])
    vcs, folder = told.get("vcs_info"), told.get("dir_info")
    if isinstance(folder, dict):
        is_in_place = folder.get("editable") is True
        return f"{_IN_PLACE}{_quoted(_path(url))}  # {name}" if is_in_place else f"{name} @ {_line(url)}"
    part = f"#subdirectory={told['subdirectory']}" if isinstance(told.get("subdirectory"), str) else ""
    if isinstance(vcs, dict):
        return _line(f"{name} @ {vcs.get('vcs')}+{url}@{vcs.get('commit_id')}{part}")
    return _line(f"{name} @ {url}{part}")


def _path(url: str) -> str:
    if not url.startswith("file://"):
        return url
    from urllib.parse import unquote

    return unquote(url[len("file://") :])


def _quoted(path: str) -> str:
    """Return a path as it stands in a file of requirements, which are split as a shell splits."""
    path = _line(path)
    return path if _PLAIN.issuperset(path) else '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _line(text: str) -> str:
    """Return a text that ends no line: what is read from folders and files may say anything."""
    return "".join([char if char.isprintable() else "?" for char in text])


def _version_in(path: str) -> str | None:
    for line in _text(path).splitlines():
        if line.lower().startswith("version:"):
            return _line(line.partition(":")[2].strip())
        if not line:
            break
    return None
