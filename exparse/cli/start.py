"""Where the command starts: what a shell asks in the middle of a line is answered before the verbs are loaded."""

from __future__ import annotations

import sys

_LOADED = frozenset(sys.modules)


def main() -> int:
    """Run the command of this process; return its exit code, as :func:`exparse.cli.main.main` does."""
    try:
        if sys.argv[1:2] == ["_complete"]:
            from exparse.cli import complete

            return complete.main(sys.argv[2:])
        root, words = _behind_root(sys.argv[1:])
        if words[:1] != ["run"]:
            from exparse.cli.main import main as run

            return run()
        from exparse.cli.run import main as run_program
    except KeyboardInterrupt:
        # Between the start of Python and that of the command.
        return 130
    # A program that it runs ends by Ctrl-C as programs do.
    return run_program(words[1:], root, _LOADED)


def _behind_root(words: list[str]) -> tuple[str | None, list[str]]:
    """Return what ``--root`` before the verb says, and the words from the verb on."""
    if words[:1] == ["--root"] and len(words) > 1:
        return words[1], words[2:]
    if words and words[0].startswith("--root="):
        return words[0].partition("=")[2], words[1:]
    return None, words
