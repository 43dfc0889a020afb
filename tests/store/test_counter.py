"""Numbers of runs: distinct, growing, never used twice, whoever claims and whatever is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import making
import pytest

from exparse.errors import RootError
from exparse.store import counter, layout, publish, trash
from exparse.store.root import Root

pytestmark = pytest.mark.slow


@pytest.fixture
def claimed(root: Path) -> Path:
    """Make a root whose counter stands at 1."""
    publish.prepare(str(root))
    assert counter.claim(str(root)) == 1
    return root


def test_numbers_start_at_one_and_grow_by_one(root: Path) -> None:
    publish.prepare(str(root))
    assert [counter.claim(str(root)) for _ in range(5)] == [1, 2, 3, 4, 5]
    assert os.listdir(root / layout.COUNTER) == ["5"]


CLAIM = """
import os, sys
sys.path.insert(0, {checkout!r})
from exparse.store import counter, publish
publish.prepare({root!r})
for _ in range({each}):
    print(counter.claim({root!r}), flush=True)
"""


def claims(root: Path, processes: int, each: int, head: str = "") -> list[list[int]]:
    """Let real processes claim at once; return what each got, in order."""
    checkout = str(Path(__file__).resolve().parents[2])
    source = head + CLAIM.format(checkout=checkout, root=str(root), each=each)
    command = [sys.executable, "-S", "-E", "-c", source]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
    said = [process.communicate(timeout=120)[0] for process in started]
    assert {process.returncode for process in started} == {0}
    return [[int(line) for line in lines.split()] for lines in said]


def test_500_processes_at_once_get_500_numbers_on_a_new_root(root: Path) -> None:
    found = [number for numbers in claims(root, 500, 1) for number in numbers]
    assert len(found) == 500 and len(set(found)) == 500
    assert os.listdir(root / layout.COUNTER) == [str(max(found))]
    assert os.listdir(root / layout.STAGING) == []


def test_many_claims_of_few_processes_grow_in_each(root: Path) -> None:
    each = claims(root, 6, 80)
    found = [number for numbers in each for number in numbers]
    assert sorted(found) == list(range(1, 481))
    assert all(numbers == sorted(numbers) for numbers in each)


STALE = """
import os
real, kept = os.listdir, {}
def listdir(path="."):
    # What a network file system may do: the listing of some time ago, for ever.
    return kept.setdefault(path, real(path))
os.listdir = listdir
"""


def test_stale_listings_only_make_the_chase_longer(root: Path) -> None:
    publish.prepare(str(root))
    counter.claim(str(root))
    found = [number for numbers in claims(root, 6, 40, STALE) for number in numbers]
    assert sorted(found) == list(range(2, 242))


def test_forked_children_claim_distinct_numbers(claimed: Path, tmp_path: Path) -> None:
    if not hasattr(os, "fork"):
        pytest.skip("this system has no fork")
    source = (
        "import os, sys\nfrom exparse.store import counter\n"
        "for n in range(40):\n"
        "    if os.fork() == 0:\n"
        f"        number = counter.claim({str(claimed)!r})\n"
        "        open(f'got-{number}', 'x').close(); os._exit(0)\n"
        "codes = {os.wait()[1] for n in range(40)}\nprint(codes)"
    )
    answer = subprocess.run([sys.executable, "-c", source], cwd=tmp_path, capture_output=True, text=True)
    assert answer.stdout == "{0}\n", answer.stderr
    assert {int(name[4:]) for name in os.listdir(tmp_path) if name.startswith("got-")} == set(range(2, 42))


@pytest.mark.parametrize("place", ["runs", "tmp", "trash"])
def test_a_lost_counter_is_made_anew_above_every_run(root: Path, place: str) -> None:
    making.make_run(root, {"x": 1})
    last = making.make_run(root, {"x": 2}, tmp=place == "tmp")
    if place == "trash":
        trash.remove(last)
    shutil.rmtree(root / layout.COUNTER)
    assert counter.claim(str(root)) == last.id + 1


def test_an_emptied_counter_is_made_anew(root: Path) -> None:
    run = making.make_run(root, {"x": 1})
    for name in os.listdir(root / layout.COUNTER):
        os.unlink(root / layout.COUNTER / name)
    assert counter.claim(str(root)) == run.id + 1


def test_a_number_that_is_only_staged_counts_when_the_counter_is_made_anew(claimed: Path) -> None:
    os.mkdir(claimed / layout.STAGING / "17-123-abcdef")
    shutil.rmtree(claimed / layout.COUNTER)
    assert counter.claim(str(claimed)) == 18


def test_many_processes_make_a_lost_counter_anew_once(root: Path) -> None:
    run = making.make_run(root, {"x": 1})
    shutil.rmtree(root / layout.COUNTER)
    found = [number for numbers in claims(root, 40, 3) for number in numbers]
    assert len(set(found)) == 120 and min(found) > run.id


def test_of_two_counters_the_higher_counts(claimed: Path) -> None:
    (claimed / layout.COUNTER / "40").touch()
    assert [counter.claim(str(claimed)) for _ in range(3)] == [41, 42, 43]


def test_strange_names_in_the_counter_do_not_matter(claimed: Path) -> None:
    for name in (".nfs0001", "x", "12a", "-3", "１２", "0014"):
        (claimed / layout.COUNTER / name).touch()
    assert counter.claim(str(claimed)) == 2


@pytest.mark.parametrize("way", ["rmtree", "trash", "trash and purge"])
def test_a_number_is_not_used_again_after_its_run_is_gone(root: Path, way: str) -> None:
    numbers = []
    for _ in range(3):
        run = making.make_run(root, {"x": 1})
        numbers.append(run.id)
        if way == "rmtree":
            shutil.rmtree(run.path)
        else:
            Root(root).remove(run)
        if way == "trash and purge":
            shutil.rmtree(root / "trash")
    assert numbers == [1, 2, 3]


def test_a_counter_that_cannot_be_moved_is_one_clear_error(claimed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "listdir", lambda path=".": ["7"])
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.setattr(counter, "_CHASE", 2)
    with pytest.raises(RootError, match="Remove this folder"):
        counter.claim(str(claimed))


def test_a_folder_that_was_made_but_reported_as_failed_is_taken(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish.prepare(str(root))
    real = os.mkdir

    def mkdir(path: str, *mode: int) -> None:
        real(path, *mode)
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "mkdir", mkdir)
    assert counter.claim(str(root)) == 1
    monkeypatch.setattr(os, "mkdir", lambda path, *mode: mkdir(f"{path}/not/there"))
    shutil.rmtree(root / ".counter")
    with pytest.raises(FileNotFoundError):
        counter.claim(str(root))


def test_a_rename_that_was_done_but_reported_as_failed_costs_a_number_at_most(
    claimed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.rename
    lost = []

    def rename(source: str, target: str) -> None:
        real(source, target)
        if not lost:
            lost.append(target)
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "rename", rename)
    found = [counter.claim(str(claimed)) for _ in range(3)]
    assert found == sorted(set(found)) and found[0] > 1
