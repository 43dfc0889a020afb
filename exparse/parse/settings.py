"""What a parser was told of recording when it was made."""

from __future__ import annotations

from exparse.parse.asked import check_description, check_tags
from exparse.record.wish import LEVELS, NEEDED
from exparse.store.layout import ZFILL

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence
    from typing import Any


class Settings:
    """What the constructor and the ``register_`` methods of a parser say of recording.

    Args:
        root: Folder that holds the runs; None for ``$EXPARSE_ROOT`` or the default place.
        automark: Names that make up the mark at the start.
        default_config_files: YAML files with defaults.
        record: False records nothing.
        zfill: Least digits of the run's number in its name.
        capture: ``fd``, ``sys`` or ``off``; None for ``$EXPARSE_CAPTURE``, else ``sys``.
        source: Whether the source files are kept also where git has them.
        git_clean: Whether code that is not committed is refused.
        description: What the run is about.
        tags: Tags of the run.
        needed: True, ``all`` or ``params``: nothing is run where an equal run has finished; False for any other.

    Raises:
        ValueError: If ``capture`` or ``needed`` is none of these, or a tag or the description cannot be recorded.
    """

    __slots__ = (
        "automark",
        "capture",
        "default_config_files",
        "description",
        "git_clean",
        "is_sub",
        "needed",
        "record",
        "root",
        "setters",
        "source",
        "tags",
        "validators",
        "zfill",
    )

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        automark: Sequence[str] = (),
        default_config_files: Sequence[str | os.PathLike[str]] = (),
        record: bool = True,
        zfill: int = ZFILL,
        capture: str | None = None,
        source: bool = False,
        git_clean: bool = False,
        description: str | None = None,
        tags: Sequence[str] = (),
        needed: bool | str = False,
    ) -> None:
        if capture is not None and capture not in LEVELS:
            raise ValueError(f"capture={capture!r} is not allowed: it must be one of {', '.join(LEVELS)}")
        self.needed = ("all" if needed else "") if isinstance(needed, bool) else needed
        if self.needed not in ("", *NEEDED):
            raise ValueError(f"needed={needed!r} is not allowed: it must be True, False or one of {', '.join(NEEDED)}")
        self.root, self.automark, self.default_config_files = root, automark, default_config_files
        self.record, self.zfill = record, zfill
        self.capture, self.source, self.git_clean = capture, bool(source), bool(git_clean)
        self.description = check_description(description) if description is not None else None
        self.tags = check_tags(tags)
        self.is_sub = False
        self.setters: list[Callable[[Any], object]] = []
        self.validators: list[tuple[Callable[[Any], object], str]] = []

    def changed(self, keywords: dict[str, Any]) -> Settings:
        """Return a copy in which some keywords of the constructor say otherwise."""
        names = ("root", "automark", "default_config_files", "record", "zfill", "capture", "source", "git_clean")
        said = {name: getattr(self, name) for name in (*names, "description", "tags", "needed")}
        copy = Settings(**{**said, **keywords})
        copy.is_sub, copy.setters, copy.validators = self.is_sub, self.setters, self.validators
        return copy
