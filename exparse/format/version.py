"""The version of what lies on disk, apart from the version of the package."""

from __future__ import annotations

from exparse.errors import DamagedFile, UnsupportedFormat

FORMAT = (1, 2)
_LONGEST = 20
FORMAT_TEXT = f"{FORMAT[0]}.{FORMAT[1]}"


def check(text: object, path: str) -> bool:
    """Return whether ``text`` names a format that this exparse knows in full.

    False means a newer minor: readable, and keys that are not known are kept.

    Raises:
        UnsupportedFormat: For another major, or for something that is no version.
    """
    if text == FORMAT_TEXT:
        return True
    major, _, minor = str(text or "").partition(".")
    if not is_version(text) or int(major) != FORMAT[0]:
        raise UnsupportedFormat(path, str(text)[:_LONGEST], f"{FORMAT[0]}.x")
    return int(minor) <= FORMAT[1]


def is_version(text: object) -> bool:
    """Return whether a text is a version of a format, whichever."""
    major, _, minor = str(text or "").partition(".")
    return all(part.isascii() and part.isdecimal() and len(part) < _LONGEST for part in (major, minor))


def check_root(text: str, path: str) -> bool:
    """Return what :func:`check` does for the format that the text of a root's ``exparse.json`` says.

    Args:
        text: What the file holds.
        path: Its path.

    Raises:
        DamagedFile: If it says none, as after a power cut: no newer exparse is needed then.
        UnsupportedFormat: If it is another major.
    """
    said = said_in(text)
    if not is_version(said):
        cure = f'write it anew: {{"format": "{FORMAT_TEXT}"}}'
        raise DamagedFile(path, f"damaged: it does not say the format of the root; {cure}")
    return check(said, path)


def said_in(text: str) -> str:
    """Return the format that a root's ``exparse.json`` says, without the cost of a JSON reader; "" for none."""
    return text.partition('"format"')[2].partition('"')[2].partition('"')[0]
