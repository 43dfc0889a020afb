"""States of real repositories: what people leave their code in when they start a run."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from repositories import run_git

# Prints all that lies beside it, as a program sees it: links of the tree as links, linked data as data.
SCRIPT = """\
import hashlib, os, subprocess, sys
from exparse import ExParser
parser = ExParser(root=sys.argv[1])
parser.add_argument("root")
parser.add_argument("--token", default="").secret = True
args = parser.parse_args()
top = os.path.dirname(os.path.abspath(__file__))
seen = set()
for folder, folders, files in os.walk(top, followlinks=True):
    folders[:] = [name for name in folders if name not in (".git", "__pycache__")]
    for name in files + [name for name in folders if os.path.islink(os.path.join(folder, name))]:
        path = os.path.join(folder, name)
        shown = os.path.relpath(path, top)
        if os.path.islink(path) and not os.path.isabs(os.readlink(path)):
            seen.add((shown, "link", os.readlink(path)))
        elif os.path.isfile(path) and name != ".git":
            with open(path, "rb") as stream:
                data = stream.read()
            seen.add((shown, "program" if os.access(path, os.X_OK) else "file", hashlib.sha256(data).hexdigest()))
for entry in sorted(seen):
    print(*map(ascii, entry))
"""
Git = Callable[..., bytes]


def base(repo: Path) -> Git:
    """Make a repository with one commit, and return git, working in it."""
    repo.mkdir(parents=True)

    def git(*args: str | bytes, **more: object) -> bytes:
        return run_git(repo, *args, **more)  # type: ignore[arg-type]

    git("init", "-q")
    (repo / "train.py").write_text(SCRIPT)
    (repo / "pkg").mkdir()
    (repo / "pkg" / "model.py").write_text("layers = 3\n" * 20)
    (repo / "pkg" / "old.py").write_text("old = 1\n" * 20)
    (repo / ".gitignore").write_text("*.ignored\ndata/\n")
    commit(git, "first")
    return git


def commit(git: Git, message: str) -> None:
    """Commit everything."""
    git("add", "-A")
    git("commit", "-qm", message)


def check_out_again(git: Git) -> None:
    """Have all files lie as git would write them."""
    git("rm", "-q", "--cached", "-r", ".")
    git("reset", "-q", "--hard")


def clean(repo: Path, git: Git) -> None:
    """Nothing differs."""


def dirty(repo: Path, git: Git) -> None:
    (repo / "pkg" / "model.py").write_text("layers = 4\n" * 20)


def staged(repo: Path, git: Git) -> None:
    (repo / "pkg" / "model.py").write_text("layers = 4\n")
    (repo / "new.py").write_text("new = 1\n")
    (repo / "forced.ignored").write_text("staged although it is ignored\n")
    git("add", "-f", "pkg", "new.py", "forced.ignored")
    (repo / "pkg" / "model.py").write_text("layers = 5\n")


def untracked(repo: Path, git: Git) -> None:
    (repo / "new" / "deep").mkdir(parents=True)
    (repo / "new" / "deep" / "est.py").write_text("x = 1\n")


def renamed(repo: Path, git: Git) -> None:
    git("mv", "pkg/old.py", "pkg/new.py")
    (repo / "pkg" / "model.py").rename(repo / "model.py")


def deleted(repo: Path, git: Git) -> None:
    shutil.rmtree(repo / "pkg")


def binary(repo: Path, git: Git) -> None:
    (repo / "weights.bin").write_bytes(bytes(range(256)) * 9)
    commit(git, "weights")
    (repo / "weights.bin").write_bytes(bytes(reversed(range(256))) * 9)
    (repo / "more.bin").write_bytes(b"\0\1\2" * 99)


def modes(repo: Path, git: Git) -> None:
    (repo / "run.sh").write_text("#!/bin/sh\n")
    (repo / "run.sh").chmod(0o755)
    commit(git, "program")
    (repo / "run.sh").chmod(0o644)
    (repo / "pkg" / "model.py").chmod(0o755)


def links(repo: Path, git: Git) -> None:
    (repo / "latest").symlink_to("pkg")
    commit(git, "link")
    (repo / "latest").unlink()
    (repo / "latest").mkdir()
    (repo / "latest" / "model.py").write_text("a folder where a link was\n")
    (repo / "other").symlink_to("pkg/model.py")


def submodule(repo: Path, git: Git) -> None:
    inner = base(repo.parent / "inner")
    git("-c", "protocol.file.allow=always", "submodule", "add", "-q", "--name", "layers", f"{repo.parent}/inner", "lib")
    commit(git, "submodule")
    (repo.parent / "inner" / "train.py").write_text("second\n")
    commit(inner, "second")
    run_git(repo / "lib", "-c", "protocol.file.allow=always", "pull", "-q", "origin", "main")


def submodule_absent(repo: Path, git: Git) -> None:
    submodule(repo, git)
    git("submodule", "deinit", "-q", "-f", "lib")
    shutil.rmtree(repo / ".git" / "modules")


def detached(repo: Path, git: Git) -> None:
    commit_changed(repo, git)
    git("checkout", "-q", "--detach", "HEAD~1")


def commit_changed(repo: Path, git: Git) -> None:
    (repo / "pkg" / "model.py").write_text("second = 2\n")
    commit(git, "second")


def moved_on(repo: Path, git: Git) -> Callable[[], object]:
    dirty(repo, git)
    return lambda: commit_changed(repo, git)


def odd_names(repo: Path, git: Git) -> None:
    for name in ("two words.py", "größe – 日本.txt", 'quo"te\\.txt', "tab\tand\nline", "-n", "#x", "*?[a].txt"):
        (repo / name).write_text(name)
    commit(git, "odd")
    for name in ("größe – 日本.txt", "two words.py"):
        (repo / name).write_text("changed\n")
    (repo / "new größe").write_text("new\n")
    with open(os.fsencode(repo) + b"/\xff\xfe.bin", "wb") as stream:
        stream.write(b"no UTF-8 name")


def crlf(repo: Path, git: Git) -> None:
    (repo / "windows.txt").write_bytes(b"one\r\ntwo\r\n")
    (repo / "unix.txt").write_bytes(b"one\ntwo\n")
    commit(git, "line ends")
    (repo / "unix.txt").write_bytes(b"one\r\ntwo\r\n")
    (repo / "windows.txt").write_bytes(b"one\r\nthree\r\n")


def eol_attribute(repo: Path, git: Git) -> None:
    (repo / ".gitattributes").write_text("*.txt text eol=crlf\n*.mix text\n")
    for name in ("same.txt", "changed.txt", "same.mix"):
        (repo / name).write_bytes(b"one\r\ntwo\r\n")
    commit(git, "attributes")
    check_out_again(git)
    (repo / "changed.txt").write_bytes(b"one\r\nthree\r\nmixed\n")


def autocrlf(repo: Path, git: Git) -> None:
    git("config", "core.autocrlf", "true")
    (repo / "same.txt").write_bytes(b"one\r\ntwo\r\n")
    (repo / "changed.txt").write_bytes(b"one\r\ntwo\r\n")
    commit(git, "converted")
    check_out_again(git)
    (repo / "changed.txt").write_bytes(b"one\r\nthree\r\n")


def encoding(repo: Path, git: Git) -> None:
    (repo / ".gitattributes").write_text("*.rc text working-tree-encoding=UTF-16LE eol=crlf\n")
    (repo / "same.rc").write_bytes("größe\r\n".encode("utf-16-le"))
    (repo / "changed.rc").write_bytes("größe\r\n".encode("utf-16-le"))
    commit(git, "encoded")
    (repo / "changed.rc").write_bytes("länge\r\n".encode("utf-16-le"))


def _large_files(repo: Path, git: Git) -> str:
    """Commit two pointers whose content lies in the tree, as Git LFS does it; return a digest of the first."""
    digests = []
    (repo / ".gitattributes").write_text("*.pt filter=lfs diff=lfs merge=lfs -text\n")
    for name in ("model one.pt", "other.pt"):
        data = name.encode() * 1000
        digest = hashlib.sha256(data).hexdigest()
        pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(data)}\n"
        (repo / name).write_text(pointer)
        git("add", "-A")
        store = repo / ".git" / "lfs" / "objects" / digest[:2] / digest[2:4]
        store.mkdir(parents=True)
        (store / digest).write_bytes(data)
        (repo / name).write_bytes(data)
        os.utime(repo / name, (1, 1))
        git("-c", f"filter.lfs.clean=printf '{pointer}'", "add", name)
        digests.append(str(store / digest))
    git("commit", "-qm", "large")
    return digests[0]


def large_files(repo: Path, git: Git) -> None:
    _large_files(repo, git)


def large_file_absent(repo: Path, git: Git) -> Callable[[], object]:
    stored = _large_files(repo, git)

    def lose() -> None:
        os.unlink(stored)
        os.unlink(repo / "model one.pt")

    return lose


def sparse(repo: Path, git: Git) -> None:
    git("sparse-checkout", "set", "--no-cone", "/*", "!/pkg/old.py")
    (repo / "pkg" / "model.py").write_text("layers = 4\n")


def assumed(repo: Path, git: Git) -> None:
    git("update-index", "--assume-unchanged", "pkg/model.py")
    (repo / "pkg" / "model.py").write_text("layers = 4\n")
    git("update-index", "--skip-worktree", "pkg/old.py")
    (repo / "pkg" / "old.py").write_text("layers = 5\n")


def conflict(repo: Path, git: Git) -> None:
    git("checkout", "-q", "-b", "side")
    (repo / "pkg" / "model.py").write_text("layers = 5\n")
    commit(git, "side")
    git("checkout", "-q", "main")
    (repo / "pkg" / "model.py").write_text("layers = 6\n")
    commit(git, "main")
    run_git(repo, "merge", "side", fails=True)


def nested(repo: Path, git: Git) -> None:
    base(repo / "vendor")


def exported(repo: Path, git: Git) -> None:
    (repo / ".gitattributes").write_text("pkg export-ignore\nversion.txt export-subst ident\n")
    (repo / "version.txt").write_text("$Format:%H$\n$Id$\n")
    commit(git, "export")
    check_out_again(git)


def large_left_out(repo: Path, git: Git) -> None:
    (repo / "huge.bin").write_bytes(bytes(2_000_000))
    (repo / ".env").write_text("KEY=1\n")


def ignored_data(repo: Path, git: Git) -> None:
    (repo / "data" / "deep").mkdir(parents=True)
    (repo / "data" / "deep" / "x.txt").write_text("1 2 3\n")
    (repo / "pkg" / "table.ignored").write_text("4 5 6\n")


def secret(repo: Path, git: Git) -> None:
    (repo / "local.py").write_text("token = 'hunter2-hunter2'\n")


def gone(repo: Path, git: Git) -> Callable[[], object]:
    commit_changed(repo, git)

    def amend() -> None:
        (repo / "pkg" / "model.py").write_text("amended = 2\n")
        git("commit", "-qam", "amended")
        git("reset", "-q", "--soft", "HEAD~2")
        git("commit", "-qm", "squashed")
        git("reflog", "expire", "--expire=now", "--all")
        git("gc", "-q", "--prune=now")

    return amend


def _on_server(repo: Path, git: Git) -> Callable[[], object]:
    run_git(repo.parent, "init", "-q", "--bare", "server.git")
    git("remote", "add", "origin", str(repo.parent / "server.git"))
    git("push", "-q", "-u", "origin", "main")
    amend = gone(repo, git)

    def forget() -> None:
        git("update-ref", "-d", "refs/remotes/origin/main")
        amend()

    return forget


def pushed_and_gone(repo: Path, git: Git) -> Callable[[], object]:
    forget = _on_server(repo, git)
    git("push", "-q", "origin", "main")
    return forget


def unpushed_and_gone(repo: Path, git: Git) -> Callable[[], object]:
    return _on_server(repo, git)


def shallow(repo: Path, git: Git) -> Path:
    commit_changed(repo, git)
    run_git(repo.parent, "clone", "-q", "--depth=1", repo.as_uri(), "shallow")
    (repo.parent / "shallow" / "pkg" / "old.py").write_text("old = 2\n")
    return repo.parent / "shallow"


def shallow_and_gone(repo: Path, git: Git) -> Callable[[], object]:
    def replace() -> None:
        commit_changed(repo, git)
        run_git(repo.parent, "clone", "-q", "--depth=1", repo.as_uri(), "shallow")
        shutil.rmtree(repo)
        (repo.parent / "shallow").rename(repo)

    return replace


def worktree(repo: Path, git: Git) -> Path:
    git("worktree", "add", "-q", "-b", "side", str(repo.parent / "side tree"))
    (repo.parent / "side tree" / "pkg" / "old.py").write_text("old = 2\n")
    return repo.parent / "side tree"


def sha256(repo: Path, git: Git) -> None:
    shutil.rmtree(repo / ".git")
    git("init", "-q", "--object-format=sha256")
    commit(git, "long names")
    dirty(repo, git)


def no_commit(repo: Path, git: Git) -> None:
    no_repository(repo, git)
    git("init", "-q")
    git("add", "train.py")


def no_repository(repo: Path, git: Git) -> None:
    shutil.rmtree(repo / ".git")


def hostile(repo: Path, git: Git) -> None:
    evil = f"touch '{repo.parent}/pwned'; cat"
    (repo / ".gitattributes").write_text("*.py filter=evil diff=evil\n")
    dirty(repo, git)
    hook = f"#!/bin/sh\ntouch '{repo.parent}/pwned'\n"
    for name in ("post-checkout", "post-index-change", "reference-transaction", "pre-commit"):
        (repo / ".git" / "hooks").mkdir(exist_ok=True)
        (repo / ".git" / "hooks" / name).write_text(hook)
        (repo / ".git" / "hooks" / name).chmod(0o755)
    settings = f"""
[core]
\tfsmonitor = "touch '{repo.parent}/pwned'"
\tsshCommand = "touch '{repo.parent}/pwned'"
[filter "evil"]
\tclean = "{evil}"
\tsmudge = "{evil}"
\tprocess = "touch '{repo.parent}/pwned'"
\trequired = true
[diff "evil"]
\ttextconv = "{evil}"
\tcommand = "{evil}"
[remote "origin"]
\turl = "ext::sh -c touch% {repo.parent}/pwned"
"""
    with open(repo / ".git" / "config", "a", encoding="utf-8") as config:
        config.write(settings)
