"""Console blocks in which only ``$`` is a prompt: Pygments takes the comments of a YAML file for those of root."""

from __future__ import annotations

import re

from pygments.lexers.shell import BashSessionLexer
from sphinx.application import Sphinx


class Session(BashSessionLexer):
    """What a terminal shows."""

    name = "Terminal session"
    aliases = ["console"]
    _ps1rgx = re.compile(r"^(\$ )(.*\n?)")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the lexer in place of Pygments' own."""
    app.add_lexer("console", Session)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
