"""``cells.py`` of a run: the source of the cells of a notebook, in the order in which they ran."""

from __future__ import annotations

from exparse.code.masking import masked
from exparse.record import hidden
from exparse.record.markers import may_hold
from exparse.store import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_BYTES = 5_000_000
# What ran before the run may take half of it: what runs in it is told as well.
_MOST_BEFORE = MAX_BYTES // 2


class Cells:
    """The cells that are kept in one run.

    Args:
        path: Of the file; one that is there, by an earlier attempt, is gone on with.
        secrets: Texts that must not stand in it.

    Attributes:
        kept: How many there are.
        left_out: How many there is no room for.
    """

    def __init__(self, path: str, secrets: Iterable[str]) -> None:
        self.path, self._secrets = path, list(secrets)
        self.kept = self.left_out = 0
        self._head, self._parts = "", list[str]()
        self._size = 0

    def begin(self, cells: list[tuple[int | None, str]]) -> None:
        """Write the cells so far, the newest of them where they are too many.

        Args:
            cells: Number in the shell's history, None where it has none, and text of each.

        Raises:
            OSError: If the file cannot be written.
            DamagedFile: If there is one that cannot be gone on with.
        """
        parts: list[str] = []
        self._head = self._of_earlier_attempts()
        room, size = min(_MOST_BEFORE, MAX_BYTES - _size(self._head)), 0
        for part in (_part(number, text) for number, text in reversed(cells)):
            size += _size(part)
            if parts and size > room:
                break
            parts.append(part)
        missing = len(cells) - len(parts)
        self._head += f"# {missing:,} earlier cells are left out here.\n\n" if missing else ""
        self._size = _size(self._head) + sum(map(_size, parts))
        self._parts, self.kept = parts[::-1], len(parts)
        files.replace_bytes(self.path, self._document(self._parts, self._head))

    def _of_earlier_attempts(self) -> str:
        try:
            # The remark at its end, and what each attempt keeps in any case, may lie beyond the limit.
            told = files.read_text(self.path, 2 * MAX_BYTES)
        except FileNotFoundError:
            return ""
        return told.rstrip() + "\n\n# What follows is of the next attempt.\n\n"

    def add(self, number: int | None, text: str) -> None:
        """Put a cell to the others; nothing where there is no more room.

        Raises:
            OSError: If the file cannot be written.
        """
        part = _part(number, text)
        size = _size(part)
        if self.left_out or self._size + size > MAX_BYTES:
            self.left_out += 1
            part, size = "# What ran after this is left out: there is no more room.\n\n", 0
            if self.left_out > 1:
                return
        else:
            self.kept += 1
        self._size += size
        self._parts.append(part)
        files.append(self.path, self._document([part]))

    def drop(self) -> None:
        """Take the last cell back: it was no part of the run.

        Raises:
            OSError: If the file cannot be written.
        """
        if self.left_out > 1:
            self.left_out -= 1
            return
        if self.left_out:
            self.left_out = 0
        else:
            self.kept -= 1
            self._size -= _size(self._parts[-1])
        self._parts.pop()
        files.replace_bytes(self.path, self._document(self._parts, self._head))

    def hide(self, secrets: Iterable[str]) -> None:
        """Mask more in what is kept already, and in what follows.

        Raises:
            OSError: If the file cannot be written.
        """
        more = [secret for secret in secrets if secret not in self._secrets]
        if more:
            self._secrets += more
            files.replace_bytes(self.path, self._document(self._parts, self._head))

    def _document(self, parts: list[str], head: str = "") -> bytes:
        text = head + "".join(parts)
        if may_hold(text):
            text = hidden.masked(text)
        return masked(text.encode("utf-8", "backslashreplace"), self._secrets)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "backslashreplace"))


def _part(number: int | None, text: str) -> str:
    """Return a cell as editors know cells in a file of Python; lines of the shell stand as they were typed."""
    head = "# %%" if number is None else f"# %% In [{number}]"
    return f"{head}\n{text.rstrip()}\n\n"
