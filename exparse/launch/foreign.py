"""Files that are named as scripts and are none of Python: a program of machine code, a script of a shell."""

from __future__ import annotations

import os

from exparse.errors import ExparseError

_MACHINE_CODE = (b"\x7fELF", b"MZ", b"\xfe\xed\xfa", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
_HEAD = 256  # bytes in which machine code holds a null byte, and no text does
_OTHERS = frozenset(
    ("sh", "bash", "dash", "zsh", "ksh", "csh", "tcsh", "fish", "perl", "ruby", "node", "Rscript", "julia", "lua",
     "php", "awk", "gawk", "sed", "make", "tclsh", "expect", "pwsh")
)  # fmt: skip
"""Interpreters of other languages, as the first line of a script names them."""


class NoProgram(ExparseError):
    """There is no such script, in the words that Python has for it, or it is none of Python; it ends with 2."""


def check(path: str, data: bytes) -> None:
    """Refuse a script that is none of Python, as far as it says so itself.

    Args:
        path: The script as it was named.
        data: What it holds.

    Raises:
        NoProgram: If it is a program of machine code, or a script of another language; names the command to record it.
    """
    is_machine_code = data.startswith(_MACHINE_CODE) and b"\0" in data[:_HEAD]
    through = [] if is_machine_code else _interpreter(data)
    # A script may be one of both, which starts Python in its second line.
    if is_machine_code or (through and not _is_python(data, path)):
        import shlex

        named = path if os.sep in path else os.path.join(os.curdir, path)
        words = [named] if os.access(path, os.X_OK) else [*through, path]
        raise NoProgram(f"exparse: error: {path} is no Python script: exparse run -- {shlex.join(words)} ...")


def _interpreter(data: bytes) -> list[str]:
    """Return the words of a first line (``#!``) that names an interpreter of another language; [] for any other."""
    line = data[:_HEAD].partition(b"\n")[0]
    words = os.fsdecode(line[2:]).split() if line.startswith(b"#!") else []
    names = [os.path.basename(word) for word in words if "=" not in word and not word.startswith("-")]
    if names[:1] == ["env"]:
        names = names[1:]
    return words if names and names[0] in _OTHERS else []


def _is_python(data: bytes, path: str) -> bool:
    try:
        compile(data, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True
