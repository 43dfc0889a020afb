"""Pictures as SVG and HTML."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exparse.cli import plot_page
from exparse.query import plot
from exparse.query.named import Named
from exparse.query.plot_curves import Curve

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow

HOSTILE = "</title></svg><script>alert(1)</script><img src=x onerror=alert(1)>\"'&\x00\x1b\u202e\ud800"
SVG = "{http://www.w3.org/2000/svg}"


def scatter(xs: list[Any], ys: list[Any], by: list[Any] | None = None, name: str = "x") -> plot.Picture:
    return plot.scatter(Named(name, xs), Named("y", ys), by and Named(name, by) or None, range(1, len(xs) + 1))


def titles(picture: plot.Picture) -> list[str]:
    tree = ElementTree.fromstring(plot_page.svg(picture))
    shapes = [*tree.iter(f"{SVG}circle"), *tree.iter(f"{SVG}polyline")]
    return [title.text or "" for shape in shapes for title in shape.iter(f"{SVG}title")]


class Tags(HTMLParser):
    """The tags of a page, and what they refer to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attributes]


def test_a_point_says_its_run_and_its_values() -> None:
    assert titles(scatter([1, 2.5], [10, "a"])) == ["run 1: x 1, y 10", "run 2: x 2.5, y a"]


def test_points_on_the_same_pixel_are_one_that_says_all_its_runs() -> None:
    assert titles(scatter([1, 1, 2], [1, 1, 2]))[0] == "run 1, run 2: x 1, y 1"
    assert titles(scatter([1] * 100, [1] * 100)) == [
        f"{', '.join(f'run {number}' for number in range(1, 13))} and 88 more: x 1, y 1"
    ]


def test_a_curve_says_its_run() -> None:
    picture = plot.curves([(7, Curve([0.0, 1.0], [1.0, 2.0])), (8, Curve([0.0], [1.0]))], "loss", "step", None)
    assert titles(picture) == ["run 8: step 0, loss 1", "run 7"]


@pytest.mark.parametrize("by", [None, [HOSTILE, 1]])
def test_no_name_becomes_a_tag_or_an_attribute(by: list[Any] | None) -> None:
    page = plot_page.page(scatter([HOSTILE, "b"], [HOSTILE, "c"], by, name=HOSTILE), f"2 runs {HOSTILE}")
    found = Tags(page)
    assert set(found.tags) <= {
        "html", "head", "meta", "title", "style", "body", "svg", "line", "text", "polyline", "circle", "p"
    }  # fmt: skip
    assert not [name for name in found.attributes if name.startswith("on") or name in ("href", "src", "style")]
    ElementTree.fromstring(plot_page.svg(scatter([HOSTILE], [HOSTILE], by and by[:1], name=HOSTILE)))
    page.encode("utf-8")


def test_a_page_asks_for_nothing_from_anywhere() -> None:
    page = plot_page.page(scatter([1], [2]), "1 run")
    assert not re.search(r"(?:src|href)=|@import|url\(", page)
    assert re.findall(r"https?://[^\"]*", page) == ["http://www.w3.org/2000/svg"]
    assert "default-src 'none'" in page


def test_ten_thousand_points_are_a_page_of_a_few_megabytes() -> None:
    places = list(range(10_000))
    page = plot_page.page(scatter(places, [place * 7919 % 10_007 for place in places]), "")
    assert page.count("<circle") > 5000 and len(page) < 2e6
    assert sum(1 + int(more) + 11 if more else title.count("run ") for title, more in _told(page)) == 10_000


def _told(page: str) -> list[tuple[str, str]]:
    found = re.findall(r"<circle[^>]*><title>([^<:]*)", page)
    return [(title, (re.findall(r"and ([0-9]+) more", title) or [""])[0]) for title in found]


def test_a_long_legend_ends_in_a_count() -> None:
    curves = [(number, Curve([0.0, 1.0], [1.0, 2.0])) for number in range(40)]
    svg = plot_page.svg(plot.curves(curves, "loss", "step", None))
    assert svg.count('<polyline class="line"') == 40
    assert ">and 15 more</text>" in svg


def test_an_empty_picture_is_a_page_too() -> None:
    assert "<circle" not in plot_page.page(scatter([], []), "no runs")


@given(st.lists(st.tuples(st.floats() | st.text(max_size=4), st.floats() | st.none()), max_size=6))
def test_whatever_the_values_it_is_xml_with_every_shape_inside(rows: list[tuple[Any, Any]]) -> None:
    tree = ElementTree.fromstring(plot_page.svg(scatter([x for x, _ in rows], [y for _, y in rows])))
    for circle in tree.iter(f"{SVG}circle"):
        assert 0 <= float(circle.get("cx", "-1")) <= plot_page.WIDTH
        assert 0 <= float(circle.get("cy", "-1")) <= plot_page.HEIGHT
