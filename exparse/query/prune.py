"""Which runs may go: by age and size, less the best, the newest, those somebody marked, and those under way."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from math import isfinite
from typing import NamedTuple

from exparse.errors import ExparseError
from exparse.query import told
from exparse.query.family import parents
from exparse.query.literals import seconds
from exparse.query.stats import is_score
from exparse.query.unknown import METRIC, UnknownField
from exparse.store import fate, layout
from exparse.store.names import stem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from exparse.query.rows import Row
    from exparse.store.run import Run

_SIZE = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,9})?)\s*([kmgtp]?)(i?)b?\Z", re.IGNORECASE).match
_POWERS = "kmgtp"
# No clock that was set says less: a run that began before is of an age that nobody knows.
_CLOCK_NOT_SET = datetime(2000, 1, 1, tzinfo=timezone.utc)
_SAYS_PARENT = re.compile(r'"parents?": *(?:\[\s*)?"').search


class Best(NamedTuple):
    """Runs that are kept since they are the best by a metric.

    Attributes:
        metric: Its name.
        smallest: Whether the smallest is the best.
        most: How many are kept.
    """

    metric: str
    smallest: bool
    most: int


class Rules(NamedTuple):
    """What makes a run go, and what keeps it.

    Attributes:
        older: Seconds since its end, or its start where no end is known; None for any.
        larger: Bytes that it holds at least; None for any.
        best: The best of all that are looked at are kept.
        last: How many of the newest are kept.
        force: Whether marked runs, and those under way, may go.
    """

    older: float | None = None
    larger: int | None = None
    best: tuple[Best, ...] = ()
    last: int = 0
    force: bool = False


class Verdict(NamedTuple):
    """What the rules say.

    Attributes:
        going: The runs that may go, newest first, with the bytes that they hold.
        kept: The others that are old and large enough, by number, and why each is kept.
        undated: Those of which nobody knows how old they are; they are kept.
    """

    going: list[tuple[Row, int]]
    kept: list[tuple[Row, str]]
    undated: list[Row]


def judge(rows: Sequence[Row], rules: Rules, size: Callable[[Row], int]) -> Verdict:
    """Return which of some runs may go by the rules.

    Args:
        rows: All runs that are looked at: the best and the newest are sought among them.
        rules: The rules.
        size: Returns the bytes that a run holds; is asked of those that may go otherwise.

    Raises:
        UnknownField: If none of the runs has a metric by which the best are to be kept: most likely a slip of the
            pen, which would cost the best ones.
    """
    spared = _spared(rows, rules)
    verdict = Verdict([], [], [])
    now = datetime.now(timezone.utc)
    for row in sorted(rows, key=lambda row: (row.id, row.run.name)):
        is_old = _is_old(row, rules.older, now)
        if is_old is None:
            verdict.undated.append(row)
        if not is_old:
            continue
        why = (None if rules.force else why_kept(row)) or spared.get(row.run.name)
        held = 0 if why else size(row)
        if why:
            verdict.kept.append((row, why))
        elif rules.larger is None or held >= rules.larger:
            verdict.going.append((row, held))
    verdict.going.reverse()
    return verdict


def _is_old(row: Row, older: float | None, now: datetime) -> bool | None:
    if older is None:
        return True
    began = _since(row.started, now)
    if began is not None and began <= older:
        return False  # it cannot have ended earlier: its status need not be read
    age = _at_rest(row, now)
    return None if age is None else age > older


def why_kept(row: Row) -> str | None:
    """Return why a run is kept unless one forces its way, or None."""
    if row.state in fate.UNDER_WAY:
        return f"is {row.state}"
    return f"is marked {', '.join(row.marks)}" if row.marks else None


def _at_rest(row: Row, now: datetime) -> float | None:
    """Return for how many seconds nothing has happened with a run; less than 0 if its clock is ahead; None if unknown.

    A run that was resumed counts from its last end.
    """
    known = [_since(row.started, now), _since(_moment(told.status(row.run).text("ended")), now)]
    return min((age for age in known if age is not None), default=None)


def _since(moment: datetime | None, now: datetime) -> float | None:
    try:
        known = moment and moment.astimezone(timezone.utc)
    except (OverflowError, ValueError):
        return None  # the year 1, which is no year of a run
    return (now - known).total_seconds() if known and known > _CLOCK_NOT_SET else None


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _spared(rows: Sequence[Row], rules: Rules) -> dict[str, str]:
    """Return why runs are spared, by name."""
    spared: dict[str, str] = {}
    for best in rules.best:
        scored = [(row.values[best.metric], row) for row in rows if is_score(row.values.get(best.metric))]
        if not scored and rows:
            raise UnknownField(best.metric, dict.fromkeys(name for row in rows for name in row.values), METRIC)
        scored.sort(key=lambda pair: (pair[0] if best.smallest else -pair[0], -pair[1].id))
        for value, row in scored[: best.most]:
            spared.setdefault(row.run.name, f"is among the best by {best.metric} ({value:.6g})")
    newest = sorted(rows, key=lambda row: (row.id, row.run.name))[-rules.last :] if rules.last else []
    for row in newest:
        spared.setdefault(row.run.name, "is among the newest")
    return spared


def parse_best(text: str) -> Best:
    """Return what ``acc:5``, ``-loss:3`` or ``acc`` (one run) says.

    Raises:
        ExparseError: If it says nothing of the kind.
    """
    metric, colon, count = text.rpartition(":")
    if not colon:
        metric, count = text, "1"
    smallest = metric.startswith("-")
    metric = metric.removeprefix("-").removeprefix("metrics.")
    if not metric or not (count.isascii() and count.isdecimal() and len(count) < 10) or int(count) == 0:
        raise ExparseError(f"a metric and how many, such as acc:5 or -loss:3, is expected, not {text!r}")
    return Best(metric, smallest, int(count))


def parse_age(text: str) -> float:
    """Return the seconds of an age such as ``30d``, ``12h``, ``2w``; the unit must be there.

    Raises:
        ExparseError: If it is none.
    """
    age = seconds(text)
    if age is None or not isfinite(age) or age < 0 or not text.strip()[-1:].isalpha():
        raise ExparseError(f"an age with its unit, such as 30d, 12h or 2w, is expected, not {text!r}")
    return age


def parse_size(text: str) -> int:
    """Return the bytes of a size such as ``1GB``, ``500 MB``, ``64KiB`` or ``1000``.

    Raises:
        ExparseError: If it is none.
    """
    found = _SIZE(text.strip())
    if found is None or (found[3] and not found[2]):
        raise ExparseError(f"a size such as 1GB, 500MB or 64KiB is expected, not {text!r}")
    power = _POWERS.find(found[2].lower()) + 1 if found[2] else 0
    return int(float(found[1]) * (1024 if found[3] else 1000) ** power)


def needed(going: Iterable[Run], staying: Iterable[Run]) -> dict[str, list[int]]:
    """Return the numbers of the runs that say they come from one that goes, by the name of that one.

    Args:
        going: What is to go.
        staying: Who is asked: reads ``metadata.json`` and ``about.jsonl`` of each; what cannot be read has no say.
    """
    wanted = {stem(run.name): run.name for run in going}
    found: dict[str, list[int]] = {}
    for run in staying:
        for parent in parents(run, _SAYS_PARENT):
            name = wanted.get(stem(parent)) if layout.parse_run_name(parent) else None
            if name is not None and run.name != name:
                found.setdefault(name, []).append(run.id)
    return found
