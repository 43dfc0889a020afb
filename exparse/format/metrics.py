"""``metrics.jsonl``: numbers measured while a run is under way, one JSON object a line.

``{"step": 3, "time": 1763712012.123456, "loss": 0.25, "train/acc": "nan"}``: ``step`` is a whole number and may be
missing, ``time`` is in seconds since the epoch, all else are metrics by name. Since JSON has no word for them, nan
and the infinities are the texts ``"nan"``, ``"inf"`` and ``"-inf"``. Each line is appended by one write. A line that
is torn or damaged never hides the others.
"""

from __future__ import annotations

from exparse.format.text import json_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

RESERVED = ("step", "time")
LONGEST_NAME = 500
ODD = {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf")}

# What fits the reader's columns: 64 bits for a step, a double for a value.
_STEPS = range(-(1 << 63), 1 << 63)
_LARGEST = 1 << 1023
_COMMAS = bytes.maketrans(b"\n", b",")
_BOM = b"\xef\xbb\xbf"


def key_text(name: object) -> str:
    """Return how a metric's name stands in a line: in JSON, with the comma before it and the colon after it.

    Raises:
        TypeError: If the name is no text.
        ValueError: If it is empty, longer than :data:`LONGEST_NAME`, or one of :data:`RESERVED`.
    """
    if not isinstance(name, str):
        raise TypeError(f"the name of a metric is a text, not {name!r}")
    if name in RESERVED:
        how = "give it as log(..., step=3)" if name == "step" else "it is told with every line"
        raise ValueError(f"{name!r} cannot be the name of a metric, since it is a column of its own: {how}")
    if not 0 < len(name) <= LONGEST_NAME:
        raise ValueError(f"the name of a metric has 1 to {LONGEST_NAME} characters, not {len(name):,}: {name[:40]!r}")
    return f", {json_text(str(name))}: "


def number_text(value: Any, name: str) -> str:
    """Return how a metric's value stands in a line.

    Args:
        value: A number, or a numpy or torch scalar, or anything of one element that has ``item()``.
        name: The metric, for the message.

    Raises:
        TypeError: If it is no real number.
        ValueError: If it is an integer beyond the range of a float.
    """
    plain = _plain(value, name)
    if isinstance(plain, int):
        if not -_LARGEST < plain < _LARGEST:
            raise ValueError(f"the metric {name!r} is an integer too large for a float")
        return str(int(plain))
    if plain - plain == 0:
        return repr(plain)
    return '"nan"' if plain != plain else '"inf"' if plain > 0 else '"-inf"'


def _plain(value: Any, name: str) -> int | float:
    """Return an int or a float that equals ``value``."""
    if isinstance(value, (int, float)):
        return int(value) if isinstance(value, int) else float(value)
    try:
        # Scalars of numpy, torch, jax and others; none of them is imported to find out.
        value = value.item() if hasattr(value, "item") else float(value) if _is_real(value) else value
    except (TypeError, ValueError, RuntimeError, OverflowError):
        raise TypeError(_not_a_number(value, name)) from None
    if isinstance(value, (int, float)):
        return int(value) if isinstance(value, int) else float(value)
    raise TypeError(_not_a_number(value, name))


def _is_real(value: object) -> bool:
    return hasattr(type(value), "__float__") and not isinstance(value, (str, bytes, bytearray))


def _not_a_number(value: object, name: str) -> str:
    shape = getattr(value, "shape", None)
    kind = f"{type(value).__name__}{f' of shape {tuple(shape)}' if shape else ''}"
    return f"the metric {name!r} is no number but {kind}; log takes real numbers and scalars of numpy or torch"


def step_text(step: Any) -> str:
    """Return how a step begins a line; empty for None.

    Raises:
        TypeError: If it is no whole number.
        ValueError: If it has more than 64 bits.
    """
    if step is None:
        return ""
    try:
        whole = int(step)
        same = bool(whole == step) and not isinstance(step, (str, bytes))
    except (TypeError, ValueError, OverflowError, RuntimeError):
        same = False
    if not same:
        raise TypeError(f"step is a whole number, not {step!r:.60}")
    if whole not in _STEPS:
        raise ValueError(f"step has more than 64 bits: {step!r:.60}")
    return f'"step": {whole}, '


class Rows:
    """The whole lines of a stretch of a metrics file.

    Attributes:
        rows: The JSON object of each line that is one, as it stands there.
        lines: The number of its line for each of them, counted from 1.
        offset: Where the next stretch begins, in bytes from the beginning of the file.
        next_line: The number of the first line there.
        problems: Number of the line, and what is wrong with it, for each that is damaged.
    """

    __slots__ = ("lines", "next_line", "offset", "problems", "rows")

    def __init__(self, rows: list[dict[str, Any]], lines: Sequence[int], offset: int, next_line: int) -> None:
        self.rows, self.lines, self.offset, self.next_line = rows, lines, offset, next_line
        self.problems: list[tuple[int, str]] = []


def parse(data: bytes, offset: int = 0, line: int = 1) -> Rows:
    """Return the whole lines in ``data``; a last line without its end is left for the next time.

    Args:
        data: A stretch of the file that begins with a line.
        offset: Where it lies in the file, in bytes.
        line: The number of its first line.
    """
    whole = data[: data.rfind(b"\n") + 1]
    count = whole.count(b"\n")
    rows = _at_once(whole, count)
    if rows is not None:
        return Rows(rows, range(line, line + count), offset + len(whole), line + count)
    found = Rows([], [], offset + len(whole), line + count)
    numbers: list[int] = []
    for number, text in enumerate(whole.split(b"\n")[:-1], line):
        text = text.removeprefix(_BOM).strip() if number == 1 else text.strip()
        row, why = _row(text)
        if row is not None:
            found.rows.append(row)
            numbers.append(number)
        elif why:
            found.problems.append((number, why))
    found.lines = numbers
    return found


def _at_once(whole: bytes, count: int) -> list[dict[str, Any]] | None:
    """Return the rows of lines that are all in order, ten times as fast as line by line; None where some are not."""
    import json

    # Each line must open and close an object: then two damaged ones cannot pass for a sound one and another.
    if whole.count(b"\n{") + whole.startswith(b"{") != count or whole.count(b"}\n") != count:
        return None
    try:
        rows = json.loads(f"[{whole[:-1].translate(_COMMAS).decode('utf-8')}]")
    except (ValueError, RecursionError):
        return None
    return rows if len(rows) == count and set(map(type, rows)) <= {dict} else None


def _row(text: bytes) -> tuple[dict[str, Any] | None, str]:
    """Return the object that a line holds, or None and what is wrong; nothing is wrong with an empty line."""
    import json

    if not text:
        return None, ""
    try:
        row = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as problem:
        return None, f"no JSON: {str(problem).partition(':')[0]}"
    return (row, "") if isinstance(row, dict) else (None, "no JSON object")


def value_of(found: Any) -> float | None:
    """Return the number that a metric's JSON value stands for, or None where it is none."""
    if isinstance(found, str):
        return ODD.get(found)
    if not isinstance(found, (int, float)) or isinstance(found, bool):
        return None
    try:
        return float(found)
    except OverflowError:
        return None


def step_of(row: dict[str, Any]) -> int | None:
    """Return the step of a row, or None where it has none.

    Raises:
        ValueError: If it is no whole number of 64 bits.
    """
    step = row.get("step")
    if step is not None and (type(step) is not int or step not in _STEPS):
        raise ValueError(f"step is {step!r:.40}")
    return step


def time_of(row: dict[str, Any]) -> float:
    """Return the time of a row in seconds since the epoch, nan where it has none.

    Raises:
        ValueError: If it is no number.
    """
    said = row.get("time", "nan")
    time = value_of(said)
    if time is None:
        raise ValueError(f"time is {said!r:.40}")
    return time
