"""A picture as PNG, by matplotlib where that is installed."""

from __future__ import annotations

import io
import warnings
from importlib import import_module

from exparse.cli.export import MissingLibrary
from exparse.cli.plot_page import COLOURS, title
from exparse.query.shown import shortened, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from exparse.query.plot import Picture
    from exparse.query.plot_axis import Axis

_MARKERS = "osD^vP*X"
_LONGEST = 40
_MOST_LEGEND = 20
_DPI = 150


def png(picture: Picture) -> bytes:
    """Return the picture as a PNG file.

    Raises:
        MissingLibrary: If matplotlib is not installed.
    """
    try:
        # Not pyplot: it looks for a screen, and keeps what it has drawn.
        agg = import_module("matplotlib.backends.backend_agg")
        figures = import_module("matplotlib.figure")
    except ImportError:
        raise MissingLibrary("--save to .png (not to .html or .svg)", "matplotlib", "plot") from None
    figure = figures.Figure(figsize=(8, 5), dpi=_DPI, layout="constrained")
    agg.FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for at in range(len(picture.series)):
        _draw(axes, picture, at)
    _label(axes, "x", picture.x)
    _label(axes, "y", picture.y)
    axes.set_title(_plain(title(picture)), fontsize="medium")
    axes.grid(alpha=0.3)
    if picture.by is not None and picture.series:
        handles = axes.get_legend_handles_labels()[0][:_MOST_LEGEND]
        names = [_plain(series.name) for series in picture.series][:_MOST_LEGEND]
        axes.legend(handles, names, title=_plain(picture.by), fontsize="small")
    data = io.BytesIO()
    with warnings.catch_warnings():
        # A font that lacks a sign draws a box: that is seen.
        warnings.simplefilter("ignore")
        figure.savefig(data, format="png")
    return data.getvalue()


def _draw(axes: Any, picture: Picture, at: int) -> None:
    look = {"color": COLOURS[at % len(COLOURS)], "label": f"series {at}"}
    for line in picture.series[at].lines:
        if picture.is_joined and len(line.xs) > 1:
            axes.plot(line.xs, line.ys, linestyle=("-", "--", ":", "-.")[at // len(COLOURS) % 4], **look)
        else:
            axes.plot(line.xs, line.ys, linestyle="", marker=_MARKERS[at % len(_MARKERS)], alpha=0.75, **look)
        # A series of several lines is named once.
        look["label"] = "_"


def _label(axes: Any, side: str, axis: Axis) -> None:
    getattr(axes, f"set_{side}label")(_plain(axis.name))
    if axis.is_log:
        getattr(axes, f"set_{side}scale")("log")
        return
    if axis.kind != "number":
        ticks = axis.ticks(8 if axis.kind == "time" else len(axis.texts))
        places = [axis.low + tick.share * (axis.high - axis.low) for tick in ticks]
        getattr(axes, f"set_{side}ticks")(places, [_plain(tick.text) for tick in ticks])
        getattr(axes, f"set_{side}lim")(axis.low, axis.high)


def _plain(text: str) -> str:
    """Return a text in which matplotlib finds no formula."""
    return shortened(visible(text), _LONGEST).replace("$", r"\$")
