"""Runs for tests of the reading side, made through the store as a recorder makes them."""

from __future__ import annotations

import io
import time
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from exparse.cli.output import Output
from exparse.format import metadata, params, status
from exparse.format.status import Status
from exparse.store import marks as marking
from exparse.store import publish
from exparse.store.run import Run

START = datetime(2026, 11, 21, 5, 40, 12, 250_000, timezone(timedelta(hours=-3)))


def make_run(
    root: Path,
    values: Mapping[str, Any] | None = None,
    *,
    label: str | None = None,
    tmp: bool = False,
    marks: Iterable[str] = (),
    started: datetime = START,
    state: str = "finished",
    facts: Mapping[str, Any] | None = None,
    **status_fields: Any,
) -> Run:
    """Make a run whose files say what is given; ``facts`` are laid over its metadata."""
    told = Status(state, started.isoformat(), **{"seconds": 12.5, "exit_code": 0, **status_fields})

    def contents(number: int, name: str) -> dict[str, str]:
        plain = {
            "id": number,
            "name": name,
            "label": label,
            "started": started.isoformat(),
            "script": "/home/ada/train.py",
            "argv": ["--lr", "0.5"],
            "given": ["lr"],
            "cwd": "/home/ada",
            "host": "tower",
            "user": "ada",
            "python": "3.12.1",
            **(facts or {}),
        }
        return {
            "params.yaml": params.document(dict(values or {}), {}, {"command": []}),
            "metadata.json": metadata.document(plain),
            "status.json": status.document(told),
        }

    _, name = publish.publish(str(root), contents, started.timetuple(), label, tmp=tmp)
    run = Run(str(root), name, "tmp" if tmp else "runs")
    for mark in marks:
        marking.add(str(root), mark, name, run.place)
    return run


def make_root(root: Path) -> Path:
    """Make a root without runs."""
    publish.prepare(str(root))
    return root


def damage(run: Run, file: str = "params.yaml", text: str = "a: [1, 2") -> None:
    """Put something unreadable in the place of a run's file."""
    (run.path / file).write_text(text, encoding="utf-8")


class Paper(Output):
    """An output that keeps what is said, and answers questions."""

    def __init__(self, width: int | None = None, answer: bool | None = None) -> None:
        super().__init__(io.StringIO(), io.StringIO(), width)
        self.answer = answer
        self.asked: list[str] = []

    def agrees(self, question: str) -> bool | None:
        """Return the answer that was laid down."""
        self.asked.append(question)
        return self.answer

    @property
    def said(self) -> str:
        """What stands on standard output."""
        return self.out.getvalue()  # type: ignore[attr-defined, no-any-return]

    @property
    def noted(self) -> str:
        """What stands on standard error."""
        return self.err.getvalue()  # type: ignore[attr-defined, no-any-return]


def soon() -> float:
    """Return a moment some seconds from now, for loops that wait."""
    return time.monotonic() + 30
