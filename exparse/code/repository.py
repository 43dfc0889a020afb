"""A git repository that is only ever read, and of which nothing runs.

A repository may be somebody else's. Its configuration can name programs (filters, a file system monitor, external
diffs, hooks, remote helpers), and git runs them on the most innocent command; so each of these is switched off, or
git is not asked (CVE-2022-24765, CVE-2024-32002 and others show what comes of trust). That a tree belongs to another
user is git's own reason to refuse it, and is never overridden.
"""

from __future__ import annotations

import os

from exparse.code import processes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from exparse.code.processes import Child

_PASSED = (
    *("HOME", "USER", "LOGNAME", "SUDO_UID", "PATH", "TMPDIR", "XDG_CONFIG_HOME", "LD_LIBRARY_PATH", "SYSTEMROOT"),
    "GIT_CONFIG_GLOBAL",  # where some have what others have in their home: whose trees they trust
)
# Git waits without end for a pipe among these.
_READ_BY_GIT = ("HEAD", "config", "index", "packed-refs", "shallow", "info/exclude", "info/attributes")
_SETTINGS = (
    "core.fsmonitor=",  # empty, since an old git takes "false" for a program
    f"core.hooksPath={os.devnull}",
    "core.splitIndex=false",
    "core.pager=cat",
    "core.quotePath=true",
    "diff.external=",
    "diff.submodule=short",
    "log.showSignature=false",
    "protocol.allow=never",
    "safe.bareRepository=explicit",
    "status.relativePaths=false",
    "status.submoduleSummary=false",
    "submodule.recurse=false",
)


class GitProblem(Exception):
    """Git cannot or must not say what is asked; the text says why, for the record and not for the user."""


def environment(**more: str) -> dict[str, str]:
    """Return the environment in which git runs: no prompts, no locks, no network.

    Of the user's ``GIT_*`` there is nothing but the place of their settings.
    """
    env = {name: os.environ[name] for name in _PASSED if name in os.environ}
    env.update(
        LC_ALL="C",
        GIT_OPTIONAL_LOCKS="0",
        GIT_TERMINAL_PROMPT="0",
        # Beats "protocol.<name>.allow" of a configuration, which beats our "protocol.allow".
        GIT_ALLOW_PROTOCOL="none",
        GIT_NO_LAZY_FETCH="1",
        GIT_NO_REPLACE_OBJECTS="1",
        GIT_LITERAL_PATHSPECS="1",
    )
    return {**env, **more}


def find_top(where: str) -> str | None:
    """Return the top of the tree that a folder lies in, links resolved; None where it lies in none.

    A bare repository that lies there as plain files (and may bring a configuration of its own) is not looked at.
    """
    folder = os.path.realpath(where)
    while True:
        mark = os.path.join(folder, ".git")
        if os.path.isfile(mark) or os.path.lexists(os.path.join(mark, "HEAD")):
            return folder
        folder, below = os.path.dirname(folder), folder
        if folder == below:
            return None


class Repository:
    """The repository of one tree.

    Args:
        top: Absolute path of the tree's top, links resolved (:func:`find_top`).

    Attributes:
        config: What its configuration says: last values by name, names in lower case but for the middle part.
        objects: Absolute path of its objects, once :meth:`open` has been called.
    """

    def __init__(self, top: str) -> None:
        self.top = top
        self.objects = ""
        self.config: dict[str, str] = {}
        self._is_looked_at = False
        self._git = processes.which("git")
        self._off: list[str] = []

    def start(self, *args: str | bytes, given: int | None = None, most: int = processes.MOST_BYTES) -> Child:
        """Start a git command in the tree, with nothing of the repository's that could run.

        Raises:
            GitProblem: If there is no git, or git would wait for a pipe.
        """
        if not self._is_looked_at:
            _refuse_pipes(f"{self.top}/.git")
            self._is_looked_at = True
        options = [part for setting in (*_SETTINGS, *self._off) for part in ("-c", setting)]
        # Git itself looks for the repository: naming it would switch off its look at the owner.
        env = environment(GIT_CEILING_DIRECTORIES=os.path.dirname(self.top))
        return start_git(self._git, ["-C", self.top, "--no-pager", *options, *args], env, given, most)

    def open(self, deadline: float) -> None:
        """Learn what the configuration says, and switch off the filters that it names.

        Args:
            deadline: By the monotonic clock, in seconds.

        Raises:
            GitProblem: If git refuses the repository, or it is none whose tree this is.
        """
        asked = self.start("rev-parse", "--is-bare-repository", "--git-path", "objects", "--show-toplevel")
        config = self.start("config", "--list", "-z")
        processes.gather([asked, config], deadline)
        lines = asked.out.decode("utf-8", "surrogateescape").split("\n")
        if lines[0] == "true":
            raise GitProblem("a bare repository has no tree")
        if not asked.is_good or not config.is_good:
            raise GitProblem(with_cure((config if asked.is_good else asked).reason, self.top))
        if os.path.realpath("\n".join(lines[2:])[:-1]) != self.top:
            # core.worktree could make any folder of the machine the tree whose files are recorded.
            raise GitProblem("the configuration says that the tree is elsewhere (core.worktree)")
        self.objects = os.path.join(self.top, lines[1])
        self.config = parse_config(config.out)
        self._off = switched_off(self.config)


def _refuse_pipes(folder: str) -> None:
    """Refuse a repository in which something else lies where git reads a file."""
    import stat

    for name in _READ_BY_GIT:
        try:
            kind = os.stat(f"{folder}/{name}").st_mode
        except OSError:
            continue  # most need not be there
        if not stat.S_ISREG(kind):
            raise GitProblem(f".git/{name} is no plain file")


def with_cure(reason: str, top: str) -> str:
    """Return why git refuses a repository, and what to do where it belongs to somebody else."""
    if "dubious ownership" not in reason:
        return reason
    import shlex

    return f"{reason}; if you trust it: git config --global --add safe.directory {shlex.quote(top)}"


def start_git(
    git: str | None,
    args: Sequence[str | bytes],
    env: dict[str, str],
    given: int | None = None,
    most: int = processes.MOST_BYTES,
) -> Child:
    """Start a git command.

    Raises:
        GitProblem: If there is no git, or it cannot be started.
    """
    if git is None:
        raise GitProblem("there is no git on PATH")
    try:
        return processes.start([os.fsencode(part) for part in (git, *args)], env, given, most)
    except OSError as problem:
        raise GitProblem(f"git cannot be started: {problem.strerror}") from None


def parse_config(listed: bytes) -> dict[str, str]:
    """Return what ``git config --list -z`` says; of a name that stands twice the last value, as git takes it."""
    config = {}
    for entry in listed.decode("utf-8", "surrogateescape").split("\0"):
        name, newline, value = entry.partition("\n")
        if name:
            # A name alone, without a value, means true.
            config[name] = value if newline else "true"
    return config


def is_true(value: str | None) -> bool:
    """Return whether a value of a configuration means true."""
    return value is not None and value.lower() in ("true", "yes", "on", "1")


def switched_off(config: dict[str, str]) -> list[str]:
    """Return the settings that empty every filter that a configuration names.

    Raises:
        GitProblem: If one has a name that cannot stand on a command line: then git must not look at files.
    """
    settings = []
    drivers = {name[len("filter.") :].rpartition(".")[0] for name in config if name.startswith("filter.")}
    for driver in sorted(drivers):
        if "=" in driver or "\n" in driver:
            raise GitProblem(f"the filter {driver!r} cannot be switched off")
        settings += [f"filter.{driver}.{part}=" for part in ("clean", "smudge", "process")]
        settings.append(f"filter.{driver}.required=false")
    return settings
