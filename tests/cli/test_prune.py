"""``exparse prune``: what goes by rules, what is shown of it, and what never goes."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from making import Paper, damage, make_run

from exparse.cli.prune import Asked, prune
from exparse.cli.selection import Wanted
from exparse.errors import DamagedFile, ExparseError
from exparse.query import prune as rules
from exparse.query.language import parse
from exparse.store import files, liveness
from exparse.store.root import Root
from exparse.store.run import Run

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow

NOW = datetime.now(timezone.utc)


def aged(root: Path, days: float, **more: Any) -> Run:
    return make_run(root, more.pop("values", {}), started=NOW - timedelta(days=days), **more)


NO_FILTER = Wanted()


def pruned(root: Path, wanted: Wanted = NO_FILTER, *, code: int = 0, answer: bool | None = None, **asked: Any) -> Paper:
    to = Paper(asked.pop("width", None), answer)
    read: dict[str, Callable[[str], Any]] = {"older_than": rules.parse_age, "larger_than": rules.parse_size}
    asked |= {name: reader(asked[name]) for name, reader in read.items() if name in asked}
    asked["keep_best"] = list(map(rules.parse_best, asked.get("keep_best", ())))
    assert prune(Root(root), wanted, Asked(**{"yes": answer is None, **asked}), to) == code
    return to


def numbers(root: Path, place: str = "runs") -> list[int]:
    return [run.id for run in Root(root).runs(place)]


def test_old_runs_go_to_the_trash_and_come_back(root: Path) -> None:
    for days in (50, 40, 3):
        aged(root, days)
    to = pruned(root, older_than="30d")
    assert "moved to the trash 2 runs" in to.said and "exparse restore" in to.noted
    assert (numbers(root), numbers(root, "trash")) == ([3], [1, 2])


def test_without_a_rule_nothing_goes_and_the_ways_are_told(root: Path, exparse: Any) -> None:
    aged(root, 50)
    with pytest.raises(ValueError, match="no rule"):
        pruned(root)
    answer = exparse("prune", "--yes")
    assert (answer.returncode, answer.stdout) == (2, "") and "--older-than 30d" in answer.stderr
    assert numbers(root) == [1]


def test_a_dry_run_shows_newest_first_how_many_bytes_and_does_nothing(root: Path) -> None:
    for days in (60, 50, 40):
        (aged(root, days, state="failed").path / "model.pt").write_bytes(b"0" * 1_000_000)
    to = pruned(root, Wanted(states=("failed",)), dry_run=True, width=60)
    lines = to.said.splitlines()
    assert [line.split()[0] for line in lines[2:5]] == ["3", "2", "1"]
    assert lines[5] == "3 runs, 3.0 MB" and max(map(len, lines)) <= 60
    assert "1.0 MB" in lines[2] and "dry run" in to.noted
    assert numbers(root) == [1, 2, 3]


def test_a_long_list_is_cut_and_counts_all_the_same(root: Path) -> None:
    for _ in range(5):
        aged(root, 50)
    said = pruned(root, older_than="1d", dry_run=True, most=2).said.splitlines()
    assert len(said) == 6 and said[4] == "and 3 older runs (-n N or --all)" and said[5].startswith("5 runs, ")
    assert len(pruned(root, older_than="1d", dry_run=True, most=None).said.splitlines()) == 8


def test_the_answer_at_the_terminal_decides(root: Path) -> None:
    aged(root, 50)
    no = pruned(root, older_than="30d", answer=False, code=1)
    assert no.asked == [f"Move 1 run of {root} to the trash?"] and no.noted.endswith("\nnothing was done\n")
    assert numbers(root) == [1]
    pruned(root, older_than="30d", answer=True)
    assert numbers(root) == []


def test_where_nobody_can_be_asked_it_is_shown_and_nothing_goes(root: Path) -> None:
    aged(root, 50)
    to = Paper()
    with pytest.raises(ExparseError, match="Add --yes"):
        prune(Root(root), Wanted(), Asked(older_than=30 * 86400), to)
    assert to.said.endswith(" B\n") and numbers(root) == [1]


def test_marked_ones_and_those_under_way_are_kept_and_said(root: Path) -> None:
    aged(root, 50, marks=["good"])
    aged(root, 50, state="running", seconds=None, facts={"process": liveness.this_process()})
    damage(aged(root, 50, state="running", seconds=None, facts={"process": liveness.this_process()}))
    aged(root, 50)
    to = pruned(root, older_than="30d")
    assert numbers(root) == [1, 2, 3]
    assert "kept: 1 run (marked): 1" in to.noted and "kept: 2 runs (running): 2 and 3" in to.noted
    pruned(root, older_than="30d", force=True)
    assert numbers(root) == []


def test_what_was_resumed_since_the_question_stays(root: Path) -> None:
    runs = [aged(root, 50), aged(root, 50)]

    class Slow(Paper):
        def agrees(self, question: str) -> bool | None:
            status = (runs[0].path / "status.json").read_text().replace("finished", "running")
            (runs[0].path / "status.json").write_text(status)
            return True

    to = Slow()
    assert prune(Root(root), Wanted(), Asked(older_than=30 * 86400), to) == 1
    assert "run 1 is running by now: kept" in to.noted and numbers(root) == [1]


def test_the_best_of_what_is_selected_stay(root: Path) -> None:
    for number in range(8):
        run = aged(root, 50 - number, values={"model": "svm" if number % 2 else "knn"})
        (run.path / "summary.json").write_text(f'{{"acc": {number / 10}}}')
    to = pruned(root, Wanted(where=(parse("model = svm"),)), keep_best=["acc:2"])
    assert numbers(root) == [1, 3, 5, 6, 7, 8] and "kept: 2 runs (among the best by acc): 6 and 8" in to.noted
    with pytest.raises(ExparseError, match="no metric 'ac' .*Close to it: acc"):
        pruned(root, keep_best=["ac:2"])
    pruned(root, keep_best=["-acc:1"], keep_last=1)
    assert numbers(root) == [1, 8]


def test_large_runs_go_and_those_of_tmp_only_where_they_are_meant(root: Path) -> None:
    for tmp in (False, True):
        (aged(root, 1, tmp=tmp).path / "model.pt").write_bytes(b"0" * 2_000_000)
        aged(root, 1, tmp=tmp)
    pruned(root, larger_than="1.5MB")
    assert (numbers(root), numbers(root, "tmp")) == ([2], [3, 4])
    pruned(root, larger_than="1.5MB", tmp=True, older_than="1h")
    assert (numbers(root), numbers(root, "tmp")) == ([2], [4])


def test_runs_of_tmp_expire_after_a_fortnight_or_what_the_root_says(root: Path) -> None:
    for days in (20, 10, 1):
        aged(root, days, tmp=True)
    aged(root, 100)
    pruned(root, tmp=True)
    assert (numbers(root), numbers(root, "tmp")) == ([4], [2, 3])
    (root / "exparse.json").write_text('{"format": "1.1", "tmp_days": 5}')
    pruned(root, tmp=True)
    assert (numbers(root), numbers(root, "tmp")) == ([4], [3])
    (root / "exparse.json").write_text('{"format": "1.1", "tmp_days": "all"}')
    with pytest.raises(DamagedFile, match="tmp_days"):
        pruned(root, tmp=True)
    pruned(root, tmp=True, older_than="12h")
    assert (numbers(root), numbers(root, "tmp")) == ([4], [])


def test_purge_deletes_at_once(root: Path) -> None:
    aged(root, 50)
    to = pruned(root, older_than="30d", purge=True, answer=True)
    assert to.asked == [f"Delete 1 run of {root} for good?"] and to.said.splitlines()[-1].startswith("deleted 1 run, ")
    assert os.listdir(root / "trash") == [] and numbers(root) == []


def test_runs_that_stay_and_come_from_one_that_goes_are_told(root: Path) -> None:
    parent = aged(root, 50)
    aged(root, 1, facts={"parents": [parent.name]})
    aged(root, 50, facts={"parents": [parent.name]})
    to = pruned(root, older_than="30d", dry_run=True)
    assert "1 run that stays comes from run 1: 2\n" in to.noted


def test_nothing_to_do_is_no_failure(root: Path) -> None:
    aged(root, 1)
    assert pruned(root, older_than="30d").noted.endswith("\nnothing to prune\n")


@pytest.mark.slow
def test_two_prunes_at_once_share_the_work_and_both_end_well(root: Path) -> None:
    for _ in range(40):
        aged(root, 50)
    command = [sys.executable, "-m", "exparse", "--root", str(root), "prune", "--older-than", "30d", "--yes"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    answers = [(*one.communicate(), one.returncode) for one in both]
    assert all("warning" not in noted and "error" not in noted for _, noted, _ in answers), answers
    assert [code for *_, code in answers] == [0, 0]
    assert numbers(root) == [] and len(numbers(root, "trash")) == 40 and len(os.listdir(root / "trash")) == 80


def test_the_real_command_prunes_what_ended_and_keeps_what_runs(root: Path, exparse: Any, tmp_path: Path) -> None:
    source = "from exparse import ExParser\nExParser().parse_args([])\nprint('on', flush=True)\ninput()"
    (tmp_path / "main.py").write_text(source)
    with subprocess.Popen(
        [sys.executable, "main.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "on\n"
        aged(root, 0, state="failed")
        answer = exparse("prune", "--larger-than", "1", "--keep-best", "-loss:1", "--yes")
        assert (answer.returncode, numbers(root)) == (1, [1, 2]), "no run has a loss"
        answer = exparse("prune", "--larger-than", "1", "--yes")
        assert answer.returncode == 0, answer.stderr
        assert "kept: 1 run (running): 1" in answer.stderr and numbers(root) == [1]
        process.communicate("\n")
    assert exparse("prune", "--larger-than", "1", "--yes").returncode == 0
    assert numbers(root) == []


def test_which_end_of_a_loss_is_kept_is_said_where_the_other_may_be_meant(root: Path) -> None:
    for loss in (3, 1, 2):
        (aged(root, 50).path / "summary.json").write_text(f'{{"loss": {loss}}}')
    to = pruned(root, keep_best=["loss:1"], dry_run=True)
    assert "--keep-best loss:1 keeps the largest loss; -loss:1 keeps the smallest\n" in to.noted
    assert "smallest" not in pruned(root, keep_best=["-loss:1"], dry_run=True).noted


def test_runs_that_stay_are_asked_for_parents_only_where_somebody_reads_it(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = aged(root, 50)
    for _ in range(3):
        aged(root, 1, facts={"parents": [parent.name]})
    asked: list[int] = []
    needed = rules.needed

    def counted(going: Any, staying: Any) -> Any:
        runs = list(staying)
        asked.extend(run.id for run in runs)
        return needed(going, runs)

    monkeypatch.setattr(rules, "needed", counted)
    monkeypatch.setattr("exparse.cli.prune._MOST_ASKED", 2)
    to = pruned(root, older_than="30d", answer=False, code=1)
    assert asked == [3, 4] and "2 runs that stay come from run 1: 3, 4\n" in to.noted
    assert "only the newest 2 runs that stay were asked" in to.noted
    pruned(root, older_than="30d")
    assert asked == [3, 4] and numbers(root) == [2, 3, 4]


def test_it_says_first_how_the_rules_were_understood(root: Path) -> None:
    aged(root, 50, marks=["good"])
    understood = [
        ({"older_than": "30d"}, "what ended more than 30 days ago may go; kept: what is marked or under way"),
        ({"older_than": "1m", "force": True}, "what ended more than 1 minute ago may go"),
        (
            {"larger_than": "1GB", "older_than": "36h"},
            "what ended more than 36 hours ago and holds 1.0 GB or more may go",
        ),
        ({"keep_last": 10}, "all runs may go; kept: the newest 10, what is marked or under way"),
    ]
    for asked, words in understood:
        assert pruned(root, dry_run=True, **asked).noted.startswith(words)
    assert pruned(root, Wanted(states=("failed",)), dry_run=True).noted.startswith("what is picked may go; kept: ")


def test_what_goes_is_shown_with_the_metric_by_which_the_best_stay(root: Path) -> None:
    for acc in (0.25, 0.75, 0.5):
        run = aged(root, 50, label=f"run-{acc * 100:g}")
        (run.path / "summary.json").write_text(json.dumps({"acc": acc}))
    to = pruned(root, keep_best=["acc:1"], dry_run=True)
    assert to.noted.startswith("all runs may go; kept: the best 1 by acc, what is marked or under way")
    lines = [line.split() for line in to.said.splitlines()]
    assert lines[0] == ["id", "state", "age", "size", "acc", "marks", "name"]
    assert [(line[0], line[-2], line[-1]) for line in lines[2:4]] == [("3", "0.5", "run-50"), ("1", "0.25", "run-25")]


def test_a_full_disk_is_emptied_by_purging_and_the_way_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        make_run(root)

    def full(path: str, text: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)

    monkeypatch.setattr(files, "replace", full)
    to = Paper()
    assert prune(Root(root), Wanted(), Asked(keep_last=2, yes=True), to) == 1
    assert "No space left" in to.noted and "exparse prune --purge" in to.noted and len(Root(root)) == 3
    to = Paper()
    assert prune(Root(root), Wanted(), Asked(keep_last=2, yes=True, purge=True), to) == 0
    assert "deleted 1 run" in to.said and len(Root(root)) == 2
