"""Nothing public without a page, and no page that says what is not so."""

from __future__ import annotations

import configparser
import importlib
import importlib.util
import re
import sys
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

import exparse
from exparse import errors
from exparse.cli.main import make_parser, verbs
from exparse.format.status import STATES
from exparse.parse import own as own_options
from exparse.query import cache
from exparse.record import role, surroundings
from exparse.record.writing import Writing
from exparse.store import caches, layout
from exparse.store.contents import Contents

CHECKOUT = Path(__file__).resolve().parents[2]
PAGES = sorted(path.relative_to(CHECKOUT).as_posix() for path in (CHECKOUT / "docs").glob("*.rst"))


@pytest.mark.parametrize("name", exparse.__all__)
def test_every_public_name_is_in_the_api(name: str, page: Any) -> None:
    documented = rf"^\.\. (auto)?(class|function|data|module):: exparse\.{name}$"
    assert re.search(documented, page("docs/api.rst"), re.MULTILINE)


def test_every_verb_is_made_from_its_parser(page: Any) -> None:
    assert ".. verbs::" in page("docs/commands.rst")
    assert len({verb.NAME for verb in verbs()}) == len(verbs()) >= 10


def test_every_variable_that_is_read_is_told(page: Any) -> None:
    read = set()
    for module in (CHECKOUT / "exparse").rglob("*.py"):
        text = module.read_text(encoding="utf-8")
        read |= set(re.findall(r"""(?:environ\.get\(|environ\[)["'](\w+)["']""", text))
        # Also where the name is a constant of its own.
        read |= set(re.findall(r'''"(EXPARSE_[A-Z_]+)"''', text))
    read |= {*role._RANKS, *role._WORLDS, *role._LAUNCHES, *(job for job, _ in surroundings._SCHEDULERS.values())}
    assert {"EXPARSE_ROOT", "EXPARSE_NAME", "EXPARSE_TMP", "EXPARSE_RECORD", "EXPARSE_ENV", "EXPARSE_RUN"} <= read
    text = page("docs/reference.rst")
    # Windows has no names of its own on the page: it is not supported yet.
    assert [name for name in sorted(read - {"COMPUTERNAME"}) if name not in text] == []


def limits() -> list[tuple[str, str]]:
    text = (CHECKOUT / "docs/reference.rst").read_text(encoding="utf-8")
    return re.findall(r"([\d,]+)(?: bytes)? +``(exparse\.[\w.]+)``$", text, re.MULTILINE)


@pytest.mark.parametrize(("value", "constant"), limits(), ids=[constant for _, constant in limits()])
def test_a_limit_is_what_the_page_says(value: str, constant: str) -> None:
    module, _, name = constant.rpartition(".")
    assert getattr(importlib.import_module(module), name) == int(value.replace(",", ""))


def test_the_limits_of_replay_and_of_marks_are_what_the_pages_say(page: Any) -> None:
    assert len(limits()) >= 10
    text = page("docs/replay.rst").partition("Limits\n------")[2]
    for value, constant in limits()[:3]:
        assert value in text, constant
    assert layout.check_mark("/".join("a" * 16)) and "16 at most" in page("docs/concepts.rst")
    with pytest.raises(errors.InvalidName):
        layout.check_mark("/".join("a" * 17))


@pytest.mark.skipif(sys.platform != "linux", reason="each system has its own folder for caches")
def test_the_place_of_the_index_cache_is_told(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(caches.VARIABLE, raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/ada")
    place = str(cache.folder()).replace("/home/ada", "~")
    assert f"``{place}``" in page("docs/concepts.rst")


def test_the_extras_are_those_that_can_be_installed(page: Any) -> None:
    setup = configparser.ConfigParser()
    setup.read(CHECKOUT / "setup.cfg", encoding="utf-8")
    extras = setup["options.extras_require"]
    told = dict(re.findall(r"^``(\w+)`` +(\w+) ", page("docs/reference.rst").partition(".. _extras:")[2], re.MULTILINE))
    assert told == {"parquet": "pyarrow", "plot": "matplotlib", "all": "both"}
    for extra, library in told.items():
        assert library == "both" or library in extras[extra] and library in extras["all"]


@pytest.mark.parametrize("state", STATES)
def test_every_state_is_explained(state: str, page: Any) -> None:
    assert re.search(rf"^``{state}`` +\w", page("docs/concepts.rst"), re.MULTILINE)


@pytest.mark.parametrize("name", [*PAGES, "README.rst", "CHANGELOG.rst"])
def test_files_and_modules_that_a_page_names_are_there(name: str, page: Any) -> None:
    text = page(name)
    for path in re.findall(r"``((?:tests|docs|scripts)/[\w./-]+)``", text):
        assert (CHECKOUT / path).exists(), path
    for module in re.findall(r"``(exparse(?:\.\w+)+)``", text):
        assert is_there(module), module


def is_there(dotted: str) -> bool:
    """Return whether a dotted name is a file of ours, a module, or something in one."""
    thing: object = exparse
    for place, part in enumerate(parts := dotted.split("."), 1):
        if place > 1 and not hasattr(thing, part):
            try:
                importlib.import_module(".".join(parts[:place]))
            except ImportError:
                return dotted == layout.MARKER
        thing = thing if place == 1 else getattr(thing, part)
    return True


def test_pages_name_no_address_but_the_changelogs(page: Any) -> None:
    for name in [*PAGES, "README.rst", "docs/conf.py", "docs/_static/exparse.css"]:
        assert not re.search(r"https?://(?!keepachangelog)", page(name)), name


def test_the_picture_shows_what_its_script_runs(page: Any) -> None:
    spec = importlib.util.spec_from_file_location("make_picture", CHECKOUT / "docs" / "make_picture.py")
    assert spec and spec.loader
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    picture = ElementTree.fromstring(page("docs/_static/terminal.svg"))
    texts = [element.text or "" for element in picture.iter("{http://www.w3.org/2000/svg}text")]
    shown = [text for place, text in enumerate(texts) if place and texts[place - 1] == "$ "]
    assert shown == list(maker.SEEN)
    assert max(map(len, texts)) <= maker.COLUMNS
    assert maker.draw(maker.lines_of([("exparse ls", "a < b\n")])).count("a &lt; b") == 1
    options = set(re.findall(r"--[\w-]+", " ".join((*maker.BEFORE, *maker.SEEN))))
    defined = {"--config", "--name", "--where", "--sort"}
    defined |= set(re.findall(r'"(--[\w-]+)"', page("docs/examples/digits.py")))
    assert options <= defined
    for name in ("README.rst", "docs/index.rst"):
        assert f":alt: {maker.TITLE}\n" in page(name)


class Page(HTMLParser):
    """What a page of the site refers to, and what in it can be referred to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attributes}
        self.anchors.add(found.get("id", ""))
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        self.loads += [found[name] for name in ("src", "data") if name in found]
        if tag == "link" and "href" in found:
            self.loads.append(found["href"])


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Page]:
    return {path.relative_to(site).as_posix(): Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}


@pytest.mark.docs
def test_links_within_the_site_lead_somewhere(pages: dict[str, Page], site: Path) -> None:
    # Search and the list of all names are made when the page is seen, and have no headings of their own.
    wrong = []
    for name, seen in pages.items():
        for link in seen.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (site / name).parent / unquote(parts.path) if parts.path else site / name
            key = target.resolve().relative_to(site.resolve()).as_posix()
            if not target.exists() or (parts.fragment and unquote(parts.fragment) not in pages[key].anchors):
                wrong.append(f"{name}: {link}")
    assert wrong == []
    assert len(pages) > 12


@pytest.mark.docs
def test_the_site_loads_nothing_from_the_network(pages: dict[str, Page], site: Path) -> None:
    loaded = {load for seen in pages.values() for load in seen.loads}
    assert loaded and not [load for load in loaded if urlsplit(load).netloc]
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(?:@import|url\()\s*[\"']?(?:https?:)?//", sheet.read_text(encoding="utf-8")), sheet


@pytest.mark.docs
@pytest.mark.parametrize("verb", verbs(), ids=[verb.NAME for verb in verbs()])
def test_every_verb_and_option_is_documented(verb: Any, site: Path) -> None:
    text = (site / "commands.html").read_text(encoding="utf-8")
    assert f'id="exparse-{verb.NAME}"' in text
    below = make_parser()._subparsers._group_actions[0].choices[verb.NAME]  # type: ignore[union-attr,index]
    for action in below._actions:
        for string in action.option_strings:
            if string not in ("-h", "--help", "--root"):
                assert f'id="cmdoption-exparse-{verb.NAME}-{string.lstrip("-")}"' in text, string


@pytest.mark.docs
def test_every_error_and_own_option_is_documented(site: Path) -> None:
    api = (site / "api.html").read_text(encoding="utf-8")
    known = [name for name, thing in vars(errors).items() if isinstance(thing, type)]
    assert [name for name in known if f'id="exparse.errors.{name}"' not in api] == []
    own = (site / "script.html").read_text(encoding="utf-8")
    for name in own_options._WHAT:
        assert f'id="cmdoption-script-exparse-{name}"' in own
        assert name == own_options.HELP or f'id="cmdoption-script-{name}"' in own
    recorded = (site / "recorded.html").read_text(encoding="utf-8")
    assert [name for name in surroundings.ALLOWED if name not in recorded] == []
    live = {name for name in vars(Writing) if not name.startswith("_")}
    assert [name for name in sorted(live) if f'id="exparse.record.writing.Writing.{name}"' not in api] == []
    read = {name for name in (*vars(exparse.Run), *vars(Contents)) if not name.startswith("_")}
    assert [name for name in sorted(read) if f'id="exparse.Run.{name}"' not in api] == []
