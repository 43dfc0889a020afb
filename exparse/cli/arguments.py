"""Types of options that several verbs share."""

from __future__ import annotations

import argparse


def natural(text: str) -> int:
    """Return a number from 1 on."""
    if not text.isdecimal() or int(text[:18]) < 1:
        raise argparse.ArgumentTypeError(f"a number from 1 on is expected, not {text!r}")
    return int(text[:18])


def comma_separated(text: str) -> list[str]:
    """Return the parts between commas, the empty ones left out."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise argparse.ArgumentTypeError("a name is expected")
    return parts
