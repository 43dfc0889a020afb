"""A frame as a Parquet file."""

from __future__ import annotations

import io
import json
from pathlib import PurePath

from exparse.errors import ExparseError
from exparse.query.frame import sayable
from exparse.query.shown import plain
from exparse.store import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import pandas


def as_bytes(frame: pandas.DataFrame) -> bytes:
    """Return a frame in the format of Parquet.

    Its columns keep their types; one of mixed objects becomes text: paths and texts as they are, all else as JSON.

    Raises:
        ExparseError: If pyarrow is not installed.
    """
    told = frame.rename(columns=sayable)
    for name in told.columns:
        if told[name].dtype == object:
            told[name] = told[name].map(_text, na_action="ignore").astype(object)
    data = io.BytesIO()
    try:
        told.to_parquet(data, engine="pyarrow", index=False)
    except ImportError:
        raise ExparseError("Parquet needs pyarrow, which is not installed: pip install 'exparse[parquet]'") from None
    return data.getvalue()


def write(frame: pandas.DataFrame, path: str) -> None:
    """Write a frame as a Parquet file, in one step; see :func:`as_bytes`."""
    files.replace_bytes(path, as_bytes(frame))


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        # Half pairs of UTF-16 come from file names that are no UTF-8, and Parquet has no place for them.
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, PurePath):
        return _text(str(value))
    return json.dumps(plain(value))
