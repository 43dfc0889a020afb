"""A picture as SVG, alone or in a page: one file without scripts, that asks for nothing from anywhere."""

from __future__ import annotations

from html import escape
from typing import NamedTuple

from exparse.query.shown import shortened, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from exparse.query.plot import Line, Picture, Series

WIDTH, HEIGHT = 900, 560

# Okabe and Ito's colours, which the colour-blind can tell apart; each is seen on white and on black.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#9a8700", "#888888")

_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 200, 30, 60
_LONGEST = 26
_MANY = 5000  # points from which on those within two pixels are one
_MOST_NAMES = 25  # that the legend has room for
_MOST_RUNS = 12  # named where points lie on each other
_STYLE = """
svg { font: 13px system-ui, sans-serif; --ink: #222; --faint: #ddd; --paper: #fff; background: var(--paper); }
@media (prefers-color-scheme: dark) { svg { --ink: #ddd; --faint: #383838; --paper: #161616; } }
text { fill: var(--ink); } .grid { stroke: var(--faint); } .axis { stroke: var(--ink); }
.line { fill: none; stroke-width: 1.6; } .dot { fill-opacity: .85; }
.line:hover { stroke-width: 4; } .dot:hover { stroke: var(--ink); stroke-width: 2; fill-opacity: 1; }
"""
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>body {{ margin: 1rem; font: 14px system-ui, sans-serif; }} svg {{ max-width: 100%; height: auto; }}</style>
</head>
<body>
{svg}<p>{words}</p>
</body>
</html>
"""


class _Room(NamedTuple):
    """Where the axes stand, in pixels."""

    left: float
    right: float
    top: float
    bottom: float

    def across(self, share: float) -> float:
        return round(self.left + share * (self.right - self.left), 1)

    def down(self, share: float) -> float:
        return round(self.bottom - share * (self.bottom - self.top), 1)


def page(picture: Picture, words: str) -> str:
    """Return an HTML page with the picture, and ``words`` under it."""
    return _PAGE.format(title=_safe(title(picture)), svg=svg(picture), words=_safe(words))


def title(picture: Picture) -> str:
    """Return what the picture shows, in a few words."""
    return f"{picture.y.name} against {picture.x.name}{f' by {picture.by}' if picture.by else ''}"


def svg(picture: Picture) -> str:
    """Return the picture as an SVG document; each point and curve says its runs when the mouse is on it."""
    room = _Room(_LEFT, WIDTH - (_RIGHT if picture.by is not None else 30), _TOP, HEIGHT - _BOTTOM)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img" aria-label="{_safe(title(picture))}">',
        f"<style>{_STYLE}</style>",
        *_axes(picture, room),
        *(part for at, series in enumerate(picture.series) for part in _series(picture, series, at, room)),
        *(_legend(picture, room) if picture.by is not None else ()),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _axes(picture: Picture, room: _Room) -> Iterator[str]:
    for tick in picture.x.ticks(8):
        x = room.across(tick.share)
        yield f'<line class="grid" x1="{x}" x2="{x}" y1="{room.top}" y2="{room.bottom}"/>'
        yield _text(x, room.bottom + 20, tick.text, "middle", 14)
    for tick in picture.y.ticks(30 if picture.y.kind == "text" else 8):
        y = room.down(tick.share)
        yield f'<line class="grid" x1="{room.left}" x2="{room.right}" y1="{y}" y2="{y}"/>'
        yield _text(room.left - 8, y + 4, tick.text, "end", 10)
    ends = f"{room.left},{room.top} {room.left},{room.bottom} {room.right},{room.bottom}"
    yield f'<polyline class="axis" fill="none" points="{ends}"/>'
    yield _text((room.left + room.right) / 2, room.bottom + 46, picture.x.name, "middle", 60)
    yield _text(8, room.top - 10, picture.y.name, "start", 60)


def _series(picture: Picture, series: Series, at: int, room: _Room) -> Iterator[str]:
    colour = COLOURS[at % len(COLOURS)]
    # The same colour comes again after a while, then as dashes.
    dashes = f' stroke-dasharray="{2 + 4 * (at // len(COLOURS))} 3"' if at >= len(COLOURS) else ""
    for line in series.lines:
        if picture.is_joined and len(line.xs) > 1:
            yield _curve(picture, line, f'stroke="{colour}"{dashes}', room)
        else:
            yield from _points(picture, line, colour, room)


def _curve(picture: Picture, line: Line, look: str, room: _Room) -> str:
    places = " ".join(
        f"{room.across(picture.x.share(x))},{room.down(picture.y.share(y))}"
        for x, y in zip(line.xs, line.ys, strict=True)
    )
    return f'<polyline class="line" {look} points="{places}"><title>{_safe(line.name())}</title></polyline>'


def _points(picture: Picture, line: Line, colour: str, room: _Room) -> Iterator[str]:
    # Points on the same pixel are one: 100,000 circles are more than a browser likes.
    apart = 1 if len(line.xs) <= _MANY else 2
    there: dict[tuple[int, int], list[int]] = {}
    for at, (x, y) in enumerate(zip(line.xs, line.ys, strict=True)):
        place = room.across(picture.x.share(x)), room.down(picture.y.share(y))
        there.setdefault((round(place[0] / apart) * apart, round(place[1] / apart) * apart), []).append(at)
    for (x, y), held in there.items():
        names = [line.name(at) for at in held[:_MOST_RUNS]]
        more = f" and {len(held) - _MOST_RUNS:,} more" if len(held) > _MOST_RUNS else ""
        told = f"{', '.join(names)}{more}: {_told(picture, line, held[0])}"
        yield f'<circle class="dot" cx="{x}" cy="{y}" r="4" fill="{colour}"><title>{_safe(told)}</title></circle>'


def _told(picture: Picture, line: Line, at: int) -> str:
    return f"{picture.x.name} {picture.x.told(line.xs[at])}, {picture.y.name} {picture.y.told(line.ys[at])}"


def _legend(picture: Picture, room: _Room) -> Iterator[str]:
    left = room.right + 16
    yield _text(left, _TOP + 4, picture.by or "", "start", _LONGEST)
    for at, series in enumerate(picture.series[:_MOST_NAMES]):
        y = _TOP + 24 + at * 20
        yield f'<circle cx="{left + 5}" cy="{y - 4}" r="5" fill="{COLOURS[at % len(COLOURS)]}"/>'
        yield _text(left + 16, y, series.name, "start", _LONGEST)
    if len(picture.series) > _MOST_NAMES:
        more = len(picture.series) - _MOST_NAMES
        yield _text(left + 16, _TOP + 24 + _MOST_NAMES * 20, f"and {more:,} more", "start", _LONGEST)


def _text(x: float, y: float, text: str, anchor: str, most: int) -> str:
    short = _safe(shortened(visible(text), most))
    full = f"<title>{_safe(text)}</title>" if len(visible(text)) > most else ""
    return f'<text x="{round(x, 1)}" y="{round(y, 1)}" text-anchor="{anchor}">{short}{full}</text>'


def _safe(text: str) -> str:
    return escape(visible(text))
