"""``about.jsonl``: what is said about a run after its start, one JSON object a line, appended by one write each.

==================================== ==============================================================================
line                                 meaning
==================================== ==============================================================================
``{"tag": T}``                       the run is tagged T
``{"untag": T}``                     it no longer is
``{"description": D}``               what it is about; null takes the description away
``{"parent": P, "file": F}``         it has used the file F of the run P: a name, or the path of a folder of another
                                     root; without ``file``, the run itself
``{"file": F, "caption": C}``        a line about its own file F
``{"image": I, "step": S, ...}``     a line about an image of its own (``caption``)
==================================== ==============================================================================

Each has a ``time`` (ISO 8601) too. What ``metadata.json`` said at the start (``tags``, ``description``, ``parents``)
comes first. A line that is torn, damaged or not known is left out and hides no other. Since nothing is ever replaced,
the script, its ranks and the command may all say something at the same time, and nothing is lost.
"""

from __future__ import annotations

from exparse.format.text import json_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class About:
    """What is said about a run, all lines taken together.

    Attributes:
        tags: In the order in which they were put on.
        description: What it is about, or None.
        parents: Names of runs, or paths of their folders, in the order in which they came in.
        used: The files that were used of each parent.
        captions: By name of a file.
        image_captions: By name and step of an image.
        damaged: Numbers of the lines that could not be read, counted from 1.
    """

    __slots__ = ("captions", "damaged", "description", "image_captions", "parents", "tags", "used")

    def __init__(self) -> None:
        self.tags: list[str] = []
        self.description: str | None = None
        self.parents: list[str] = []
        self.used: dict[str, list[str]] = {}
        self.captions: dict[str, str] = {}
        self.image_captions: dict[tuple[str, int], str] = {}
        self.damaged: list[int] = []

    def take_in(self, said: dict[str, Any]) -> None:
        """Take in what one line says; what it does not say rightly is left out."""
        tag, untag = said.get("tag"), said.get("untag")
        if isinstance(tag, str) and tag not in self.tags:
            self.tags.append(tag)
        if isinstance(untag, str) and untag in self.tags:
            self.tags.remove(untag)
        if "description" in said and isinstance(said["description"], (str, type(None))):
            self.description = said["description"] or None
        if isinstance(said.get("parent"), str):
            self._take_parent(said["parent"], said.get("file"))
        elif isinstance(said.get("caption"), str):
            self._take_caption(said)

    def _take_parent(self, parent: str, file: object) -> None:
        if parent not in self.parents:
            self.parents.append(parent)
        used = self.used.setdefault(parent, [])
        if isinstance(file, str) and file not in used:
            used.append(file)

    def _take_caption(self, said: dict[str, Any]) -> None:
        if isinstance(said.get("file"), str):
            self.captions[said["file"]] = said["caption"]
        if isinstance(said.get("image"), str) and type(said.get("step")) is int:
            self.image_captions[said["image"], said["step"]] = said["caption"]


def line(said: dict[str, Any]) -> str:
    """Return one line of an ``about.jsonl``, its end included."""
    return f"{json_text(said)}\n"


def parse(data: bytes, at_start: dict[str, Any]) -> About:
    """Return what is said about a run.

    Args:
        data: What ``about.jsonl`` holds; a last line without its end is left out.
        at_start: What ``metadata.json`` says.
    """
    about = About()
    _take_start(about, at_start)
    if not data:
        return about
    import json

    for number, text in enumerate(data.split(b"\n")[:-1], 1):
        if not text.strip():
            continue
        try:
            said = json.loads(text.decode("utf-8"))
        except (ValueError, RecursionError):
            said = None
        if isinstance(said, dict):
            about.take_in(said)
        else:
            about.damaged.append(number)
    return about


def _take_start(about: About, at_start: dict[str, Any]) -> None:
    for key, one in (("tags", "tag"), ("parents", "parent")):
        many = at_start.get(key)
        for value in many if isinstance(many, list) else ():
            about.take_in({one: value})
    about.take_in({"description": at_start.get("description")})
