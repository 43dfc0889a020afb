"""Trees at random, and what people do to them; and what of a tree a record is to hold."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from repositories import run_git, tree_of

# Few, so that what is done meets: a folder where a file was, a file moved onto another.
PATHS = st.sampled_from(
    [
        *(b"a", b"a/b.py", b"a/d", b"a/d/e f", b"d", b"d/a", b"d/b.py", b"b.py", b"-dash"),
        *(b"g\xff", b"g\xff/a", "ü".encode(), b"new\nline", b'qu"ote', b"tab\t", b"back\\slash", b"x.ignored"),
    ]
)
LINES = st.lists(st.sampled_from([b"one", b"two", b"three", b"", b"four\r", b" five "]), max_size=8).map(b"\n".join)
DATA = st.one_of(
    LINES, LINES.map(lambda text: text + b"\n"), st.sampled_from([b"", b"\0\1\2" * 9, bytes(range(256)) * 3])
)
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), PATHS, DATA),
        st.tuples(st.just("program"), PATHS, DATA),
        st.tuples(st.just("link"), PATHS, st.sampled_from([b"a", b"../out", b"d/e f", b"/nowhere"])),
        st.tuples(st.sampled_from(["remove", "chmod", "add", "forget", "intend", "assume", "skip", "revert"]), PATHS),
        st.tuples(st.just("move"), PATHS, PATHS),
        st.just(("stage all",)),
    ),
    max_size=10,
)
FILES = st.dictionaries(PATHS, DATA, max_size=8)


def clear(path: bytes) -> None:
    if os.path.islink(path) or os.path.isfile(path):
        os.unlink(path)
    elif os.path.isdir(path):
        shutil.rmtree(path)


def make_way(top: bytes, path: bytes) -> bytes:
    """Make the folders that a path needs, and take away what is in the way."""
    parts = path.split(b"/")
    for end in range(1, len(parts)):
        folder = os.path.join(top, *parts[:end])
        if not os.path.isdir(folder) or os.path.islink(folder):
            clear(folder)
            os.mkdir(folder)
    full = os.path.join(top, path)
    clear(full)
    return full


def quietly(top: Path, *args: str | bytes) -> None:
    """Run git where it may refuse: the state before and after are both states to be recorded."""
    subprocess.run(["git", *args], cwd=top, capture_output=True, timeout=60)


GIT_ACTIONS = {
    "add": ("add", "-f", "--"),
    "forget": ("rm", "-rfq", "--cached", "--"),
    "intend": ("add", "-N", "-f", "--"),
    "assume": ("update-index", "--assume-unchanged", "--"),
    "skip": ("update-index", "--skip-worktree", "--"),
    "revert": ("checkout", "-q", "HEAD", "--"),
}


def act(folder: Path, kind: str, *what: Any) -> None:
    top = os.fsencode(folder)
    full = os.path.join(top, what[0]) if what else top
    if kind in ("write", "program"):
        full = make_way(top, what[0])
        with open(full, "wb") as stream:
            stream.write(what[1])
        if kind == "program":
            os.chmod(full, 0o755)
    elif kind == "link":
        os.symlink(what[1], make_way(top, what[0]))
    elif kind == "remove":
        if not is_behind_link(top, what[0]):
            clear(full)
    elif kind == "chmod":
        if os.path.isfile(full) and not os.path.islink(full) and not is_behind_link(top, what[0]):
            os.chmod(full, 0o755 if not os.stat(full).st_mode & 0o100 else 0o644)
    elif kind == "move":
        inside = (what[1] + b"/").startswith(what[0] + b"/") or (what[0] + b"/").startswith(what[1] + b"/")
        if os.path.lexists(full) and not inside and not is_behind_link(top, what[0]):
            target = make_way(top, what[1])
            if os.path.lexists(full):
                os.rename(full, target)
    elif kind == "stage all":
        quietly(folder, "add", "-A")
    else:
        quietly(folder, *GIT_ACTIONS[kind], what[0])


def is_behind_link(top: bytes, path: bytes) -> bool:
    parts = path.split(b"/")
    return any(os.path.islink(os.path.join(top, *parts[:end])) for end in range(1, len(parts)))


def make(repo: Path, files: dict[bytes, bytes], actions: list[Any]) -> None:
    """Make a repository with one commit, and do to its tree what somebody does."""
    repo.mkdir()
    run_git(repo, "init", "-q")
    for path, data in files.items():
        act(repo, "write", path, data)
    (repo / ".gitignore").write_text("*.ignored\n")
    run_git(repo, "add", "-A")
    run_git(repo, "commit", "-qm", "first")
    for action in actions:
        act(repo, *action)


def expected(repo: Path) -> dict[bytes, tuple[int, bytes]]:
    """Return the tree that the patch is to restore: all that git tracks or does not ignore."""
    kept = tree_of(repo)
    ignored = run_git(repo, "ls-files", "-z", "-o", "-i", "--exclude-standard").split(b"\0")
    in_commit = set(run_git(repo, "ls-tree", "-r", "-z", "--name-only", "HEAD").split(b"\0"))
    return {path: entry for path, entry in kept.items() if path not in ignored or path in in_commit}
