"""What is not as it was, as a small table: what, then, now."""

from __future__ import annotations

from exparse.cli import sidebyside
from exparse.cli.sidebyside import Cells

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from exparse.cli.output import Output
    from exparse.launch.unlike import Unlike

_HEADS = ("then", "now")
_USUAL_WIDTH = 80
_NOTHING = "-"


def draw(unlike: Sequence[Unlike], to: Output) -> None:
    """Say what differs now, a line each; beside what was asked, so on standard error. Nothing where nothing does."""
    if not unlike:
        return
    lines = [Cells("differs now", _HEADS, indent="")]
    lines += [Cells(each.what, [each.was or _NOTHING, each.now or _NOTHING]) for each in unlike]
    for line in sidebyside.draw(lines, to.width or _USUAL_WIDTH):
        to.note(line)
