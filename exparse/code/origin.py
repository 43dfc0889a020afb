"""Which repository of the user's has the commit of a run: the recorded one, or another that lies near."""

from __future__ import annotations

import os

from exparse.code import git, processes
from exparse.code.repository import GitProblem, Repository, find_top
from exparse.errors import ExparseError
from exparse.store import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_HEXADECIMAL = frozenset("0123456789abcdef")


class CodeNotFound(ExparseError, LookupError):
    """The code of a run cannot be laid out again.

    Attributes:
        folder: The run's folder.
        reason: Why, and what to do.
    """

    def __init__(self, folder: str, reason: str) -> None:
        self.folder, self.reason = folder, reason
        name = os.path.basename(folder)
        parsed = layout.parse_run_name(name)
        super().__init__(f"the code of {f'run {parsed[0]}' if parsed else name}: {reason}")


def commit_of(facts: dict[str, Any], folder_of_run: str) -> str:
    """Return the commit that a run's facts name.

    Raises:
        CodeNotFound: If it is none that could be one.
    """
    commit = str(facts.get("commit"))
    if len(commit) not in (40, 64) or not _HEXADECIMAL.issuperset(commit):
        raise CodeNotFound(folder_of_run, "its metadata names no commit that could be one")
    return commit


def find(facts: dict[str, Any], folder_of_run: str, places: Sequence[object], deadline: float) -> Repository:
    """Return the first repository that has the commit of a run, opened.

    Args:
        facts: What the run's metadata say under ``git``.
        folder_of_run: Its folder.
        places: Folders that may lie in one, the likeliest first.
        deadline: By the monotonic clock, in seconds.

    Raises:
        CodeNotFound: If none of them has it; of the first, it says why.
    """
    commit, problems = commit_of(facts, folder_of_run), []
    tops: dict[str, None] = {}
    for place in places:
        top = find_top(place) if isinstance(place, str) and os.path.isdir(place) else None
        if top is None:
            problems.append(f"the repository {place} is not here. {_elsewhere(facts)}")
        elif top not in tops:
            tops[top] = None
            found = _opened(top, commit, facts, deadline)
            if isinstance(found, Repository):
                return found
            problems.append(found)
    raise CodeNotFound(folder_of_run, problems[0] if problems else f"no repository is known. {_elsewhere(facts)}")


def preferred(facts: dict[str, Any], folder_of_run: str, nearby: Sequence[str]) -> str | None:
    """Return the top of the repository that comes before the recorded one: that of the working folder, with the root.

    Somebody who has copied both, and works in the copy, means that one; the trees of one repository are no copies.

    Args:
        facts: What the run's metadata say under ``git``.
        folder_of_run: Its folder.
        nearby: Folders that may lie in its repository; the first is the working folder.
    """
    top = find_top(nearby[0]) if nearby and os.path.isdir(nearby[0]) else None
    then = facts.get("top")
    if top is None or top == then or not isinstance(then, str) or os.path.isfile(os.path.join(then, ".git")):
        return None
    return top if os.path.realpath(folder_of_run).startswith(top.rstrip(os.sep) + os.sep) else None


def _opened(top: str, commit: str, facts: dict[str, Any], deadline: float) -> Repository | str:
    """Return a repository if it has a commit, else why not."""
    opened = Repository(top)
    try:
        asked = opened.start("cat-file", "-t", commit)
        try:
            opened.open(deadline)
        finally:
            processes.gather([asked], deadline)
    except GitProblem as problem:
        return f"git refuses {top}: {problem}"
    if asked.out.strip() == b"commit":
        return opened
    if os.path.isfile(f"{common(opened)}/shallow"):
        return (
            f"here is a shallow clone, {top}, that does not have the commit {commit}: "
            f"`git fetch --unshallow` brings what its remote has. {_elsewhere(facts)}"
        )
    return f"{top} does not have the commit {commit}. {_elsewhere(facts, opened.config)}"


def common(repository: Repository) -> str:
    """Return the folder in which an opened repository keeps what all its trees share."""
    return os.path.dirname(repository.objects)


def _elsewhere(facts: dict[str, Any], config: dict[str, str] | None = None) -> str:
    """Return which remote had a commit, and how a repository with that configuration gets it."""
    import shlex

    remote = facts.get("remote")
    if not remote:
        return "No remote was known when it ran."
    if facts.get("pushed"):
        name = next((name for name, url in git.remotes(config or {}).items() if git.bare_url(url) == remote), None)
        how = f" (`git fetch {shlex.quote(name)}`)" if name else ""
        return f"It had been pushed to {remote}: fetch it from there{how}."
    return f"It had not been pushed to {remote} when it ran; look where it ran."
