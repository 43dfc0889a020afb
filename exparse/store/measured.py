"""Rows of metrics as columns, gathered stretch by stretch: the long table and the wide one."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pandas as pd

from exparse.format import metrics

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from numpy.typing import NDArray

    from exparse.format.metrics import Rows

    Block = tuple[NDArray[Any], ...]

# What datetime64[ns] holds, in seconds around the epoch.
_FARTHEST_S = 9.2e9
_NUMBERS = {int, float}


class Measured:
    """Gathers rows; one entry a value, in the order in which they were written."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        # Row, step, whether there is one, time, code of the name, value.
        self._blocks: list[Block] = []
        self._rows = 0
        self._files = 0

    def begin_file(self) -> None:
        """Take note that the rows which follow were written by another process."""
        self._files += 1

    def add(self, rows: Rows) -> list[tuple[int, str]]:
        """Add rows; return line and reason for each that holds something else than numbers."""
        problems: list[tuple[int, str]] = []
        for names, places in _alike(rows.rows).items():
            chosen = rows.rows if len(places) == len(rows.rows) else [rows.rows[place] for place in places]
            at = np.array(places, np.int64) + self._rows
            block = self._block(names, chosen, at)
            if block is not None:
                self._blocks.append(block)
                continue
            entries: list[tuple[Any, ...]] = []
            for row, place in zip(chosen, places, strict=True):
                why = self._read_odd(row, self._rows + place, entries)
                if why:
                    problems.append((rows.lines[place], why))
            if entries:
                self._blocks.append(tuple(np.array(column) for column in zip(*entries, strict=True)))
        self._rows += len(rows.rows)
        return problems

    def _block(self, names: tuple[str, ...], rows: list[dict[str, Any]], at: NDArray[Any]) -> Block | None:
        """Return rows of the same names as columns; None where one holds something else than plain numbers."""
        flat = list(chain.from_iterable(map(dict.values, rows)))
        if str in (kinds := set(map(type, flat))):
            flat = [metrics.ODD.get(value, value) if type(value) is str else value for value in flat]
            kinds = set(map(type, flat))
        if not kinds <= _NUMBERS:
            return None
        columns: dict[str, list[Any]] = {name: flat[place :: len(names)] for place, name in enumerate(names)}
        steps, times = columns.pop("step", None), columns.pop("time", None)
        if steps is not None and set(map(type, steps)) != {int}:
            return None
        try:
            step = np.zeros(len(rows), np.int64) if steps is None else np.array(steps, np.int64)
            time = np.full(len(rows), np.nan) if times is None else np.array(times, np.float64)
            values = [np.array(column, np.float64) for column in columns.values()]
        except OverflowError:
            return None
        width = len(values)
        codes = np.array([self._code(name) for name in columns], np.int64)
        known = np.full(len(rows), steps is not None)
        value = np.column_stack(values).ravel() if values else np.zeros(0)
        spread = [np.repeat(column, width) for column in (at, step, known, time)]
        return (*spread, np.tile(codes, len(rows)), value)

    def _read_odd(self, row: dict[str, Any], number: int, entries: list[tuple[Any, ...]]) -> str:
        """Read a row value by value; return what is wrong with it, "" for nothing."""
        try:
            step, time = metrics.step_of(row), metrics.time_of(row)
        except ValueError as problem:
            return str(problem)
        odd = []
        for name, said in row.items():
            value = metrics.value_of(said)
            if name in metrics.RESERVED:
                continue
            if value is None:
                odd.append(f"{name} is {said!r:.40}")
                continue
            entries.append((number, step or 0, step is not None, time, self._code(name), value))
        return "; ".join(odd)

    def _code(self, name: str) -> int:
        return self._codes.setdefault(name, len(self._codes))

    def _columns(self) -> Block:
        """Return row, step, known, time, code and value of all entries, in order."""
        kinds = (np.int64, np.int64, np.bool_, np.float64, np.int64, np.float64)
        parts = zip(*self._blocks, strict=True) if self._blocks else ([np.zeros(0)] for _ in kinds)
        columns: list[NDArray[Any]] = [
            np.concatenate(part).astype(kind) for part, kind in zip(parts, kinds, strict=True)
        ]
        # A row is one moment; the processes of a run write at the same time.
        order = np.argsort(columns[0], kind="stable")
        if self._files > 1:
            order = order[np.argsort(columns[3][order], kind="stable")]
        return tuple(column[order] for column in columns)

    def long(self) -> pd.DataFrame:
        """Return one row a value: step, time, name, value."""
        _, step, known, time, code, value = self._columns()
        # One text object for each metric, not for each value.
        name = _names(self._codes).take(code)
        told = {"step": _steps(step, known), "time": _times(time), "name": name, "value": value}
        whole: pd.DataFrame = pd.DataFrame(told)
        return whole

    def of_runs(self, ids: Sequence[int], rows: Sequence[int], wanted: Sequence[str]) -> pd.DataFrame:
        """Return one row a value of several runs: id, name, step, time, value.

        Args:
            ids: The runs' numbers, in the order in which their rows were added.
            rows: How many rows each of them has.
            wanted: Names of the metrics that are kept; all of them if empty.
        """
        row, step, known, time, code, value = self._columns()
        number = np.repeat(np.array(ids, np.int64), np.array(rows, np.int64))[row]
        if wanted:
            kept = np.isin(code, [self._codes[name] for name in wanted if name in self._codes])
            number, step, known, time, code, value = (part[kept] for part in (number, step, known, time, code, value))
        name = _names(self._codes).take(code)
        told = {"id": number, "name": name, "step": _steps(step, known), "time": _times(time), "value": value}
        whole: pd.DataFrame = pd.DataFrame(told)
        return whole

    def wide(self) -> pd.DataFrame:
        """Return one row a step, or a line where it has none: step, time, then a column a metric."""
        row, step, known, time, code, value = self._columns()
        # Rows of the same step are one; each row without a step stays one of its own.
        keys = np.where(known, pd.factorize(step)[0], len(step) + row)
        place, kept = pd.factorize(keys)
        table = np.full((len(kept), len(self._codes)), np.nan)
        last = np.zeros(len(kept), np.int64)
        # Of several entries with the same place the last one counts.
        table[place, code] = value
        last[place] = np.arange(len(place))
        fixed = {"step": _steps(step[last], known[last]), "time": _times(time[last])}
        measured = pd.DataFrame(table, columns=_names(self._codes))
        whole: pd.DataFrame = pd.concat([pd.DataFrame(fixed), measured], axis=1)
        return whole


def _alike(rows: list[dict[str, Any]]) -> dict[tuple[str, ...], Sequence[int]]:
    """Return the places of the rows that hold the same names in the same order, by these names."""
    kinds = list(map(tuple, rows))
    if len(set(kinds)) == 1:
        return {kinds[0]: range(len(rows))}
    found: dict[tuple[str, ...], list[int]] = {}
    for place, names in enumerate(kinds):
        found.setdefault(names, []).append(place)
    return dict(found)


def _names(known: Iterable[str]) -> pd.Index[Any]:
    """Return names as pandas holds them: half pairs of UTF-16, which JSON may spell, have no place there."""
    names: pd.Index[Any] = pd.Index([name.encode("utf-8", "backslashreplace").decode() for name in known], dtype="str")
    return names


def _steps(step: NDArray[Any], known: NDArray[Any]) -> Any:
    return pd.arrays.IntegerArray(step.copy(), ~known)


def _times(time: NDArray[Any]) -> Any:
    near = np.abs(time) < _FARTHEST_S
    micro = np.round(np.where(near, time, 0) * 1e6).astype(np.int64)
    moments = np.where(near, micro * 1000, np.iinfo(np.int64).min).view("datetime64[ns]")
    return pd.DatetimeIndex(moments).tz_localize("UTC")
