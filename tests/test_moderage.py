"""What users of ModeRage do with files and parents: the scenarios of a migration, each in a real process.

Its store for many users, and looking up children from there, come with sharing.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from exparse import Index, Root

META = {"model": {"kind": "cnn", "layers": [3, {"width": 64}]}, "seeds": [1, 2], "ratio": 0.5, "name": None, "on": True}

# ModeRage saves when all is done: meta, parents and files at once.
SAVE = f"""
    import exparse

    with exparse.start({META!r}, parents=["base"]) as run:
        run.file("mygraph.png", caption="loss over time")
        run.file("data/notes.csv", caption="what was seen")
"""


def command(*argv: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "exparse", *map(str, argv)], cwd=cwd, capture_output=True, text=True, timeout=60
    )


def family(word: str, run: object, cwd: Path) -> str:
    """Return what the page of a run says of its parents or children."""
    lines = command("show", run, cwd=cwd).stdout.splitlines()
    return " ".join(line for line in lines if line.startswith(f"  {word} "))


@pytest.fixture
def base(script: Any, tmp_path: Path) -> Path:
    """Make a root with one run, and files to keep in another."""
    assert script("import exparse\nwith exparse.start({}, name='base'): pass", name="base.py").returncode == 0
    (tmp_path / "data").mkdir()
    (tmp_path / "mygraph.png").write_bytes(b"\x89PNG\x00\xff")
    (tmp_path / "data" / "notes.csv").write_text("a,b\n1,2\n")
    return tmp_path / "exruns"


def test_1_meta_parents_and_files_come_back_and_the_originals_stay(script: Any, base: Path, tmp_path: Path) -> None:
    """ModeRage deleted the originals unless told not to. A category is a tag, a mark or a root here."""
    assert script(SAVE).returncode == 0
    parent, run = Index(base)
    assert run.params == META
    assert run.parents == [parent.name]
    assert run.files == {"mygraph.png": 6, "notes.csv": 8}
    assert run.about.captions == {"mygraph.png": "loss over time", "notes.csv": "what was seen"}
    assert (run / "files" / "mygraph.png").read_bytes() == (tmp_path / "mygraph.png").read_bytes()
    assert (tmp_path / "data" / "notes.csv").is_file()
    page = command("show", 2, cwd=tmp_path).stdout
    assert "* ratio" not in page, "a star is for what the command line said"
    assert "loss over time" in page and "mygraph.png" in page and "base" in family("parents", 2, tmp_path)


def test_2_a_file_is_kept_under_another_name(script: Any, base: Path) -> None:
    assert script(SAVE.replace('"mygraph.png",', '"mygraph.png", "plots/b.png",')).returncode == 0
    assert Index(base)[2].files == {"notes.csv": 8, "plots/b.png": 6}


def test_3_files_parents_and_captions_are_added_and_a_name_is_taken_by_the_last(
    script: Any, base: Path, tmp_path: Path
) -> None:
    """Two files of one name were two files in ModeRage, of which one was found. Here the last one stays, as in a folder."""
    more = """
        with exparse.start({}, name="other"): pass
        with exparse.start({}, parents=["base"]) as run:
            run.file("data/notes.csv", caption="first")
            run.use("other")
            open("data/notes.csv", "a").write("3,4\\n")
            run.file("data/notes.csv", caption="second")
            run.file("data")
    """
    assert script("import exparse\n" + "\n".join(line[8:] for line in more.splitlines())).returncode == 0
    parent, other, run = Index(base)
    assert run.parents == [parent.name, other.name]
    assert run.files == {"notes.csv": 12, "data/notes.csv": 12}
    assert run.about.captions["notes.csv"] == "second"
    assert family("parents", "base", tmp_path) == "" != family("children", "base", tmp_path)


def test_4_ten_parents_in_order_and_their_children(script: Any, base: Path, tmp_path: Path) -> None:
    text = """
        import exparse
        runs = []
        for k in range(10):
            with exparse.start({"k": k}) as run:
                runs.append(run)
        with exparse.start({}, name="child", parents=reversed(runs)):
            pass
    """
    assert script(text).returncode == 0
    index = Index(base)
    assert [index[name].params["k"] for name in index["child"].parents] == list(range(9, -1, -1))
    assert "child" in family("children", 5, tmp_path)
    unknown = script(SAVE.replace('"base"', '"nobody"'))
    assert unknown.returncode == 1 and "no run matches 'nobody'" in unknown.stderr.splitlines()[-1]
    assert len(index) == 12, "an unknown parent is told before anything is written"


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../x", "", ".", "a//b", "~/x/../..", "a\\b"])
def test_10_names_that_lead_out_of_the_run_are_refused(name: str, script: Any, base: Path, tmp_path: Path) -> None:
    before = sorted(path for path in tmp_path.iterdir())
    done = script(SAVE.replace('"mygraph.png",', f'"mygraph.png", {name!r},'), name="main.py")
    assert done.returncode == 1 and "InvalidName" in done.stderr.splitlines()[-1]
    assert sorted(path for path in tmp_path.iterdir() if path.name != "main.py") == before
    assert Index(base)[2].files == {} and Index(base)[2].state == "failed"


def test_10_a_category_that_leads_out_of_the_root_is_refused(script: Any, base: Path, tmp_path: Path) -> None:
    for keyword in ("name='../x'", "tags=['../x']"):
        done = script(f"import exparse\nexparse.start({{}}, {keyword})")
        assert done.returncode == 1 and "InvalidName" in done.stderr.splitlines()[-1]
    assert command("mark", "../x", 1, cwd=tmp_path).returncode == 1
    assert len(Root(base)) == 1 and not (tmp_path / "x").exists()


# What was wrong with ModeRage


def test_runs_that_are_saved_at_once_are_all_there(base: Path, tmp_path: Path) -> None:
    """Six of ModeRage's processes at once left nothing that could be read."""
    (tmp_path / "many.py").write_text(
        "import exparse\nfor k in range(5):\n    with exparse.start({'k': k}) as run: run.file('mygraph.png')\n"
    )
    started = [subprocess.Popen([sys.executable, "many.py"], cwd=tmp_path) for _ in range(6)]
    assert [process.wait(120) for process in started] == [0] * 6
    runs = list(Index(base))
    assert len(runs) == 31 and sorted(run.id for run in runs) == list(range(1, 32))
    assert all(run.files == {"mygraph.png": 6} and run.state == "finished" for run in runs[1:])


def test_a_root_that_was_moved_has_its_files_and_family(script: Any, base: Path, tmp_path: Path) -> None:
    """ModeRage's records held absolute paths."""
    script(SAVE)
    base.rename(tmp_path / "elsewhere")
    run = Index(tmp_path / "elsewhere")["last"]
    assert Index(tmp_path / "elsewhere")[run.parents[0]].label == "base"
    assert (run / "files" / "notes.csv").read_text() == "a,b\n1,2\n"
    with pytest.raises(LookupError, match="no run matches 'nobody'"):
        Index(tmp_path / "elsewhere")["nobody"]


@pytest.mark.parametrize("missing", ["nothing.png", "data/nothing.csv"])
def test_a_file_that_is_not_there_is_an_error_that_names_it(missing: str, script: Any, base: Path) -> None:
    done = script(SAVE.replace('"mygraph.png"', repr(missing)))
    assert (
        done.returncode == 1 and done.stderr.splitlines()[-1].startswith("FileNotFoundError") and missing in done.stderr
    )
    assert Index(base)[2].files == {}
