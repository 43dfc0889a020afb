"""A root that was made for a run which was none after all."""

from __future__ import annotations

from pathlib import Path

from making import make_run

from exparse.store import publish, unmaking


def test_a_root_whose_only_run_was_taken_back_goes(root: Path) -> None:
    run = make_run(root)
    publish.withdraw(str(root), run.name, run.folder)
    assert unmaking.unmake(str(root))
    assert not root.exists()


def test_a_root_that_holds_anything_stays_as_it_is(root: Path) -> None:
    run = make_run(root)
    assert not unmaking.unmake(str(root))
    publish.withdraw(str(root), run.name, run.folder)
    (root / "mine.txt").write_text("")
    before = sorted(root.rglob("*"))
    assert not unmaking.unmake(str(root))
    assert sorted(root.rglob("*")) == before
    assert make_run(root).id == 2


def test_a_run_that_begins_while_the_root_goes_finds_one(root: Path, monkeypatch: object) -> None:
    run = make_run(root)
    publish.withdraw(str(root), run.name, run.folder)
    remove, found = unmaking._remove, []

    def removing(path: str, name: str) -> None:
        remove(path, name)
        if name == "index":
            # Another process prepared the root before, and publishes now.
            found.append(make_run(root))

    monkeypatch.setattr(unmaking, "_remove", removing)  # type: ignore[attr-defined]
    assert not unmaking.unmake(str(root))
    [other] = found
    assert (root / "index" / f"{other.name}.yaml").exists()
    assert (root / "exparse.json").exists() and not other.problem
