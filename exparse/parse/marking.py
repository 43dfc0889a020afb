"""``python main.py mark KEY RUN...``: marks from the script itself, as exman had it."""

from __future__ import annotations

from exparse.errors import ExparseError, RunNotFound
from exparse.store.root import Root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def mark(prog: str, root: str, argv: Sequence[str]) -> tuple[int, list[str], list[str]]:
    """Put a mark on runs.

    Args:
        prog: Name of the script, for the messages.
        root: Path of the root.
        argv: The command line from the word ``mark`` on.

    Returns:
        Exit code, lines for stdout, lines for stderr.
    """
    if len(argv) < 3:
        return 2, [], [f"usage: {prog} mark KEY RUN [RUN ...]"]
    key, place = argv[1], Root(root)
    said: list[str] = []
    warned: list[str] = []
    for selector in argv[2:]:
        try:
            runs = place.check().select(selector)
            place.mark(key, *runs)
            said += [f"marked {run.name} with {key}" for run in runs]
        except RunNotFound as problem:
            warned.append(f"{prog}: warning: {problem}")
        except ExparseError as problem:
            return 1, said, [*warned, f"{prog}: error: {problem}"]
    return (1 if warned else 0), said, warned
