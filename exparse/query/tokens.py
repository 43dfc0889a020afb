"""The words, signs and quoted texts that a query is made of."""

from __future__ import annotations

import re
from typing import NamedTuple

from exparse.errors import InvalidQuery

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

KEYWORDS = ("and", "or", "not", "in", "is")
_TOKEN = re.compile(
    r"""\s*(?:(?P<sign>[=!]=|[<>]=?|!~|[=~(),])
    |(?P<quoted>'[^']*(?:''[^']*)*'|"[^"]*(?:""[^"]*)*"|`[^`]*(?:``[^`]*)*`)
    |(?P<word>[^\s=<>!~(),'"`]+))""",
    re.VERBOSE,
).match
_SPACE = re.compile(r"\s*").match


class Token(NamedTuple):
    """A word, a sign or a quoted text of a query.

    Attributes:
        kind: ``sign``, ``word``, ``text`` (quoted), ``field`` (in backticks) or ``end``.
        text: What it says, without quotes.
        place: Where it begins, from 0.
    """

    kind: str
    text: str
    place: int

    @property
    def keyword(self) -> str:
        """The word in small letters, where it is one of the language; else empty."""
        lowered = self.text.lower() if self.kind == "word" else ""
        return lowered if lowered in KEYWORDS else ""


def split(text: str) -> Iterator[Token]:
    """Yield the tokens of a query, and one that says that it ends.

    Raises:
        InvalidQuery: At a quote that is not closed, or a ! that stands alone.
    """
    at = 0
    while found := _TOKEN(text, at):
        kind, at = str(found.lastgroup), found.end()
        said, place = found[kind], found.start(kind)
        if kind == "quoted":
            kind, quote = "field" if said[0] == "`" else "text", said[0]
            said = said[1:-1].replace(quote * 2, quote)
        yield Token(kind, said, place)
    space = _SPACE(text, at)
    at = space.end() if space else at
    if at < len(text):
        wrong = "! stands only in != and !~; for the opposite write not"
        raise InvalidQuery(
            text, at + 1, wrong if text[at] == "!" else f"a quote ({text[at]}) is opened, and not closed"
        )
    yield Token("end", "", at)


def is_word(text: str) -> bool:
    """Return whether a text is one word that means nothing in the language."""
    found = _TOKEN(text)
    return found is not None and found["word"] == text and text.lower() not in KEYWORDS
