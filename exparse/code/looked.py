"""What was found of checkouts and of recorded code, for as long as a verb only shows many runs of them."""

from __future__ import annotations

from exparse.code.origin import CodeNotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from exparse.code.trees import Tree

    Answer = TypeVar("Answer")

_MOST_TREES = 8


class Looked:
    """Answers that hold for a while; closing it gives the trees free."""

    def __init__(self) -> None:
        self._answers: dict[tuple[object, ...], Any] = {}
        self._trees: dict[tuple[object, ...], Tree | CodeNotFound] = {}

    def __enter__(self) -> Looked:
        return self

    def __exit__(self, *problem: object) -> None:
        while self._trees:
            self._close_first()

    def _close_first(self) -> None:
        tree = self._trees.pop(next(iter(self._trees)))
        if not isinstance(tree, CodeNotFound):
            tree.close()

    def once(self, key: tuple[object, ...], ask: Callable[[], Answer]) -> Answer:
        """Return what was answered under a key before, else the answer of now."""
        if key not in self._answers:
            self._answers[key] = ask()
        answer: Answer = self._answers[key]
        return answer

    def tree(self, metadata: dict[str, Any], folder_of_run: str, lay_out: Callable[[], Tree]) -> Tree:
        """Return the tree in which the code of a run was laid out, also for another run of that code.

        Args:
            metadata: What the run's ``metadata.json`` and ``facts.json`` say; with a commit.
            folder_of_run: Its folder.
            lay_out: Lays the tree out.

        Raises:
            CodeNotFound: If the code is nowhere to be had.
        """
        git = metadata["git"]
        patch = git.get("patch") if isinstance(git.get("patch"), dict) else {}
        key = (git["commit"], git.get("top"), patch.get("sha256"))
        if key not in self._trees:
            if len(self._trees) >= _MOST_TREES:
                self._close_first()
            try:
                self._trees[key] = lay_out()
            except CodeNotFound as problem:
                self._trees[key] = problem
        found = self._trees[key]
        if isinstance(found, CodeNotFound):
            raise CodeNotFound(folder_of_run, found.reason)
        return found
