"""The refusal of a name that stands for nothing, with what is close to it."""

from __future__ import annotations

from exparse.errors import ExparseError, near

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

METRIC = "metric"
_MOST_NAMED = 8


class UnknownField(ExparseError, LookupError):
    """A name stands for nothing that the runs have.

    Args:
        name: The name.
        known: What there is.
        what: What it should be: a field, a column, a metric, a param.

    Attributes:
        name: The name.
    """

    def __init__(self, name: str, known: Iterable[str], what: str = "field") -> None:
        self.name = name
        super().__init__(f"no {what} {name!r} among these runs. {_hint(name, list(known), what)}")


def _hint(name: str, known: list[str], what: str) -> str:
    close = near(name, known)
    if close:
        return f"Close to it: {', '.join(close)}"
    if what != METRIC:
        return "`exparse ls -n 1 --columns '*' --metrics all` shows what there is"
    more = ", ..." if len(known) > _MOST_NAMED else ""
    return f"There is {', '.join(known[:_MOST_NAMED])}{more}" if known else "They have none"
