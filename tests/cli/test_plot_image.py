"""Pictures as PNG; matplotlib draws them where it is installed."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from exparse.cli.plot_image import png
from exparse.errors import ExparseError
from exparse.query import plot
from exparse.query.named import Named
from exparse.query.plot_curves import Curve

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow

SIGNATURE = b"\x89PNG\r\n\x1a\n"
HOSTILE = "$\\frac{1}{$ _x \x1b日\n$"


def scatter(xs: list[Any], ys: list[Any], by: list[Any] | None = None, **more: Any) -> plot.Picture:
    return plot.scatter(Named(HOSTILE, xs), Named("acc", ys), by and Named("by", by) or None, range(len(xs)), **more)


PICTURES = {
    "points": scatter([1, 2, 3], [1, 2, 3], ["a", "b", HOSTILE]),
    "logarithmic": scatter([1, 2, 3], [1e-9, 2, 3], log=("x", "y")),
    "texts": scatter(["a", HOSTILE, "c"], [1, 2, 3]),
    "one": scatter([1], [1]),
    "curves": plot.curves(
        [(number, Curve([0.0, 1.0], [1.0, float(number)])) for number in range(30)], "loss", "step", None
    ),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_becomes_a_png(name: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # Where it keeps what it knows of fonts.
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path))
    pytest.importorskip("matplotlib.backends.backend_agg", reason="matplotlib is an extra, and not installed here")
    data = png(PICTURES[name])
    assert data.startswith(SIGNATURE) and len(data) > 5000


def test_without_matplotlib_the_cure_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.backends.backend_agg", None)
    with pytest.raises(ExparseError, match=r"matplotlib, which is not installed: pip install 'exparse\[plot\]'"):
        png(PICTURES["one"])
