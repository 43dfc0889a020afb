"""What the command line and the environment ask of the recorder."""

from __future__ import annotations

import os

from exparse.errors import InvalidName
from exparse.record.facts import MASK
from exparse.record.wish import LEVELS
from exparse.store import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

MAX_DESCRIPTION_BYTES = 10_000
_NO = frozenset(("", "0", "false", "no", "off"))


class Asked:
    """What one parse asks of the recorder; the constructor of the parser and the environment come first.

    Args:
        settings: What the constructor of the parser said.

    Attributes:
        label: What ``--name`` said, or ``$EXPARSE_NAME``.
        tmp: Whether ``--tmp`` was given, or ``$EXPARSE_TMP``.
        recording: False after ``--no-record``.
        description: What ``--description`` said, or None.
        tags: Tags of the constructor, of ``$EXPARSE_TAGS``, then of ``--tag``, each once.
        resume: Whether ``--resume`` was given.
        needed: ``""``, ``all`` or ``params``: what an earlier run must equal so that this one is not needed.
        run_id: What ``--run-id`` said, or None.
        git_clean: True where the code must be committed: ``--git-clean``, or ``git_clean=True`` of the constructor.
        git_dirty: Whether ``--git-dirty`` was given, which overrides that.
    """

    def __init__(self, settings: Any) -> None:
        self.label: str | None = os.environ.get("EXPARSE_NAME") or None
        self.tmp = os.environ.get("EXPARSE_TMP", "").strip().lower() not in _NO
        self.recording = True
        self.description: str | None = settings.description
        self.tags: list[str] = list(settings.tags)
        self.resume = False
        self.needed: str = settings.needed
        self.run_id: str | None = None
        self.git_clean: bool = settings.git_clean
        self.git_dirty = False
        named = os.environ.get("EXPARSE_TAGS", "")
        self._add_tags(part.strip() for part in named.split(",") if part.strip())

    def hear(self, name: str, value: Any) -> None:
        """Take note of an own option other than ``--config``.

        Raises:
            InvalidName: If the value is none that can be recorded.
        """
        if name == "name":
            self.label = layout.check_label(value)
        elif name == "run-id":
            self.run_id = value if layout.is_reference(value) else layout.check_label(value, "the run id")
        elif name == "tag":
            self._add_tags([layout.check_name(tag.strip(), "the tag") for tag in value.split(",")])
        elif name == "description":
            self.description = check_description(value)
        elif name == "no-record":
            self.recording = False
        elif name == "needed":
            self.needed = value or "all"
        else:
            setattr(self, name.replace("-", "_"), True)

    def _add_tags(self, tags: Iterable[str]) -> None:
        self.tags = list(dict.fromkeys([*self.tags, *tags]))

    def check_environment(self) -> None:
        """Refuse what the environment says and may not be recorded.

        Raises:
            InvalidName: If a name or a tag may not be one, or there is no such way to capture the output.
        """
        for text, what in [(self.label, "EXPARSE_NAME"), *((tag, "EXPARSE_TAGS") for tag in self.tags)]:
            if text is not None:
                layout.check_name(text, what)
        capture = os.environ.get("EXPARSE_CAPTURE", "").strip().lower()
        if capture and capture not in LEVELS:
            raise InvalidName("EXPARSE_CAPTURE", capture, f"it must be one of {', '.join(LEVELS)}")


def check_description(text: str) -> str | None:
    """Return a description, None where it is empty; a token in it is masked.

    Raises:
        InvalidName: If it is longer than 10,000 bytes.
    """
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_DESCRIPTION_BYTES:
        raise InvalidName("the description", f"{text[:20]}...", f"{size} bytes, {MAX_DESCRIPTION_BYTES} at most")
    from exparse.record import shapes

    for start, end in reversed(shapes.spans(text)):
        text = f"{text[:start]}{MASK}{text[end:]}"
    return text or None


def check_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return the tags that a constructor was given; one text is one tag, or several with commas between.

    Raises:
        InvalidName: If one may not be a name; it is a ValueError.
    """
    given = tags.split(",") if isinstance(tags, str) and tags else tags
    return tuple(layout.check_name(tag, "the tag") for tag in given)
