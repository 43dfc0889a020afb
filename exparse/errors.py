"""The one family of errors: each says what is wrong, where, and what to do next."""

from __future__ import annotations

_LONGEST = 200

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class ExparseError(Exception):
    """Everything that exparse refuses; the command turns it into one line and exit code 1."""


class RootError(ExparseError, OSError):
    """A root cannot be written, read or found.

    Attributes:
        path: The folder in question.
        reason: What the operating system said, or what is missing.
    """

    def __init__(self, path: str, reason: str, ways_out: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path}: {reason}. {ways_out}")


class UnsupportedFormat(ExparseError, ValueError):
    """What lies on disk was written in a root format that this exparse does not read.

    Attributes:
        path: The file that says its format.
        found: The format it says, as text.
    """

    def __init__(self, path: str, found: str, readable: str) -> None:
        self.path, self.found = path, found
        super().__init__(f"{path}: root format {found}, this exparse reads {readable}. Upgrade: pip install -U exparse")


class DamagedFile(ExparseError, ValueError):
    """A file of a run, or one given to ``--config``, cannot be read as what it should be.

    Attributes:
        path: The file.
        reason: What is wrong with it.
        line: The line, counted from 1, or None where the whole file is meant.
    """

    def __init__(self, path: str, reason: str, line: int | None = None) -> None:
        self.path, self.reason, self.line = path, reason, line
        place = path if line is None else f"{path}, line {line}"
        super().__init__(f"{place}: {reason}")


class InvalidName(ExparseError, ValueError):
    """A name or a mark that may not become part of a path.

    Attributes:
        text: The name.
    """

    def __init__(self, what: str, text: str, why: str = "") -> None:
        self.text = text
        rule = (
            "start with a letter or digit, then letters, digits, dot, dash, underscore, 100 at most; no dot at the end"
        )
        super().__init__(f"{what} {text!r} is not allowed: {why or rule}")


class InvalidQuery(ExparseError, ValueError):
    """A query cannot be understood, or asks what no run can answer.

    Attributes:
        text: The query.
        column: Where it goes wrong, in characters from 1.
        reason: What is wrong there, and what to write instead.
    """

    _AROUND = 40

    def __init__(self, text: str, column: int, reason: str) -> None:
        self.text, self.column, self.reason = text, column, reason
        before, after = text[: column - 1], text[column - 1 :]
        if len(before) > self._AROUND:
            before = f"...{before[-self._AROUND :]}"
        if len(after) > self._AROUND:
            after = f"{after[: self._AROUND]}..."
        super().__init__(f"query, column {column}, at ^ in {f'{before}^{after}'!r}: {reason}")


def near(text: str, known: Iterable[str], most: int = 3) -> list[str]:
    """Return up to ``most`` of the known names that look like ``text``, nearest first."""
    from difflib import get_close_matches

    known = list(known)
    folded = {name.casefold(): name for name in known}
    close = get_close_matches(text.casefold(), folded, n=most, cutoff=0.6)
    found = [folded[name] for name in close]
    found += [name for name in known if name.startswith(text) and name not in found]
    return found[:most]


class RunNotFound(ExparseError, LookupError):
    """No run of a root answers to a selector.

    Attributes:
        selector: What was asked for.
        root: Where.
        close: Names that look like it.
        other_root: The root in which the run lies that a path leads to; None where it leads to none.
    """

    def __init__(self, selector: str, root: str, close: Iterable[str] = (), other_root: str | None = None) -> None:
        self.selector, self.root, self.close, self.other_root = selector, root, list(close), other_root
        told = _in_short(selector)
        hint = f" Close to it: {', '.join(self.close)}." if self.close else " `exparse ls` shows what is there."
        if other_root is not None:
            import shlex

            hint = f" That run lies in another root: --root {shlex.quote(other_root)}"
        super().__init__(f"no run matches {told} in {root}.{hint}")


def _in_short(asked: str) -> str:
    """Return what was asked for as a message shows it: a file's content given by mistake fills no screens."""
    return repr(asked if len(asked) <= _LONGEST else f"{asked[:_LONGEST]}...")


class NothingAnswers(RunNotFound):
    """No run of a root answers to a query where one is needed."""

    def __init__(self, query: str, root: str, looked_at: int, hint: str = "") -> None:
        super().__init__(query, root)
        runs = f"{looked_at:,} run{'' if looked_at == 1 else 's'}"
        told = f"none of {runs} in {root} answers to {_in_short(query)}"
        self.args = (f"{told}. {hint}" if hint else told,)


class MarkNotFound(ExparseError, KeyError):
    """No run of a root bears a mark.

    Attributes:
        mark: What was asked for.
        root: Where.
        close: Marks that look like it.
    """

    def __init__(self, mark: str, root: str, close: Iterable[str] = ()) -> None:
        self.mark, self.root, self.close = mark, root, list(close)
        hint = f" Close to it: {', '.join(self.close)}." if self.close else " `exparse marks` shows what is there."
        self.text = f"no mark {mark!r} in {root}.{hint}"
        super().__init__(self.text)

    def __str__(self) -> str:
        # KeyError shows the repr of its argument, which is no sentence.
        return self.text
