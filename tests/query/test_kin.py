"""The whole family of a run, wherever its members are by now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from making import damage, make_run

from exparse.query.kin import Kin, differing, kin, other_code
from exparse.store import select, trash
from exparse.store.names import stem
from exparse.store.renaming import rename
from exparse.store.run import Run


def family(run: Run) -> Kin:
    """Return the family of a run of a root, by all its runs."""
    return kin(run, select.listed(run.root))


def test_ancestors_and_descendants_are_found_and_what_they_are_to_each_other(root: Path) -> None:
    first = make_run(root, {"lr": 0.5, "n": 1})
    second = make_run(root, {"lr": 0.25, "n": 1}, facts={"parents": [first.name], "rerun_of": first.name})
    third = make_run(root, {"lr": 0.25, "n": 1}, tmp=True)
    (third.path / "about.jsonl").write_text(f'{{"parent": "{second.name}"}}\n')
    make_run(root, facts={"parents": [first.name]})  # a brother of the second is no kin of it
    found = family(second)
    assert [member.run.id for member in found.members.values() if member.run] == [1, 2, 3]
    assert [member.relations for member in found.members.values()] == [(), ("rerun",), ("uses",)]
    assert [found.members[key].run.id for key in found.eldest()] == [1]  # type: ignore[union-attr]
    child, parent = (found.members[stem(run.name)] for run in (second, first))
    assert differing(child, parent) == {"lr": 0.25}
    assert set(family(first).members) == {stem(run.name) for run in select.listed(str(root))}


def test_a_parent_that_is_gone_or_elsewhere_or_damaged_is_a_member_that_says_so(root: Path, tmp_path: Path) -> None:
    elsewhere = make_run(tmp_path / "other")
    removed, damaged, renamed = make_run(root), make_run(root), make_run(root)
    gone = "000099-2026-11-21-05-40-12-gone"
    parents = [str(elsewhere.path), removed.name, damaged.name, renamed.name, gone, "/nowhere/runs/x"]
    child = make_run(root, facts={"parents": parents})
    damage(damaged)
    trash.remove(removed)
    rename(renamed, "new")
    told = {member.key: (member.state, member.fate) for member in family(child).members.values()}
    assert told == {
        str(elsewhere.path): ("finished", "in another root"),
        stem(removed.name): ("finished", "in the trash"),
        stem(damaged.name): ("damaged", ""),
        stem(renamed.name): ("finished", ""),
        stem(gone): ("", "gone"),
        "/nowhere/runs/x": ("", "gone"),
        stem(child.name): ("finished", ""),
    }


def test_descendants_are_found_behind_one_in_the_trash(root: Path) -> None:
    first = make_run(root)
    second = make_run(root, facts={"parents": [first.name]})
    third = make_run(root, facts={"parents": [second.name]})
    before = list(family(first).members)
    trash.remove(second)
    assert list(family(first).members) == list(family(third).members) == before
    assert [member.fate for member in family(first).members.values()] == ["", "in the trash", ""]


def test_a_run_of_another_root_is_found_under_the_label_that_it_bears_now(root: Path, tmp_path: Path) -> None:
    parent = make_run(tmp_path / "other", label="old")
    child = make_run(root, facts={"parents": [parent.folder]})
    rename(parent, "new")
    found = family(child).members[parent.folder]
    assert found.fate == "in another root" and found.run is not None and found.run.label == "new"


def test_of_a_rerun_it_is_known_whether_its_code_was_another(root: Path) -> None:
    def git(commit: str | None, patch: str | None) -> dict[str, Any]:
        return {"git": {"commit": commit, "patch": {"sha256": patch} if patch else None}}

    first = make_run(root, facts=git("1" * 40, "aa"))
    told = {"parents": [first.name], "rerun_of": first.name}
    made = [
        make_run(root, facts={**told, **git(*code)}).id
        for code in (("1" * 40, "aa"), ("1" * 40, None), ("2" * 40, None), (None, None))
    ]
    child = make_run(root, facts={"parents": [first.name], **git("2" * 40, None)})
    members = family(first).members
    above = members[stem(first.name)]
    others = {member.run.id: other_code(member, above) for member in members.values() if member.run and member.parents}
    assert [others[number] for number in made] == ["", "other patch", "commit 2222222", ""]
    laid_out = make_run(root, facts={**told, **git("1" * 40, "bb"), "tree": "/t/a/code"})
    found = family(first).members
    assert other_code(found[stem(laid_out.name)], found[stem(first.name)]) == ""
    assert others[child.id] == "", "a child is another program"


def test_runs_that_name_each_other_in_a_circle_have_an_end(root: Path) -> None:
    first = make_run(root)
    second = make_run(root, facts={"parents": [first.name]})
    (first.path / "about.jsonl").write_text(f'{{"parent": "{second.name}"}}\n{{"parent": "{first.name}"}}\n')
    found = family(first)
    assert set(found.members) == {stem(first.name), stem(second.name)}
    assert len(found.eldest()) == 1
