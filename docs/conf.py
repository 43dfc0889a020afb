"""How Sphinx builds these pages: no network, no extension beside its own and the small ones in _ext."""

from __future__ import annotations

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
# The pages describe the checkout that they lie in, also where another version is installed.
sys.path[:0] = [os.path.dirname(HERE), os.path.join(HERE, "_ext")]

from exparse.version import __version__  # noqa: E402

project = "exparse"
author = "The exparse developers"
copyright = author
version = release = __version__

extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "parsers", "prompt"]
exclude_patterns = ["_build"]
default_role = "any"
language = "en"

autodoc_member_order = "bysource"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True

nitpicky = True
# What belongs to Python or pandas has no page here, and no other site is asked at build time.
nitpick_ignore_regex = [
    (r"py:.*", r"(?!exparse).*"),
    # Docstrings name the rooms behind the public names, which have no page.
    (r"py:(mod|func)", r"exparse\.store\.(fate|liveness).*"),
]

html_theme = "furo"
html_title = f"exparse {version}"
html_static_path = ["_static"]
html_css_files = ["exparse.css"]
html_show_sourcelink = False
html_copy_source = False
html_show_sphinx = False
COLOURED = ("color-brand-primary", "color-brand-content", "color-api-name", "color-api-pre-name")
html_theme_options = {
    "light_css_variables": dict.fromkeys(COLOURED, "#0b6e4f"),
    "dark_css_variables": dict.fromkeys(COLOURED, "#6fcf97"),
}
# Names of commands are written with two dashes; a typographic dash could not be pasted.
smartquotes = False
pygments_style = "friendly"
