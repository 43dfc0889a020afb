"""What a patch says of each path."""

from __future__ import annotations

from exparse.code import likeness


def _part(path: str, line: str) -> bytes:
    return f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-1\n+{line}\n".encode()


def test_of_two_files_whose_names_end_alike_neither_hides_the_other() -> None:
    then = likeness.parts(_part("x b/c.py", "2") + _part("c.py", "2"))
    assert then != likeness.parts(_part("x b/c.py", "3") + _part("c.py", "2"))
    assert then != likeness.parts(_part("x b/c.py", "2") + _part("c.py", "3"))
    assert list(then) == ["c.py"]


def test_names_in_quotes_are_read_as_git_writes_them() -> None:
    data = b'diff --git "a/gr\\303\\266\\303\\237e\\n.py" "b/gr\\303\\266\\303\\237e\\n.py"\n'
    assert list(likeness.parts(data)) == ["gr\u00f6\u00dfe\n.py"]
