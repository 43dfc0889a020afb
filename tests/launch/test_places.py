"""Where recorded paths lie now, and where modules are found then."""

from __future__ import annotations

import os
from pathlib import Path

from making import make_run

from exparse.launch import imports
from exparse.launch.places import Places


def test_what_lay_below_a_folder_lies_below_the_one_that_stands_for_it(tmp_path: Path) -> None:
    places = Places([("/home/ada/digits", str(tmp_path)), ("/home/ada", "/mnt")])
    assert places.now("/home/ada/digits") == str(tmp_path)
    assert places.now("/home/ada/digits/src/../a.py") == f"{tmp_path}/a.py"
    assert places.now("/home/ada/digits-2/a.py") == "/mnt/digits-2/a.py", "a name that begins alike is another folder"
    assert places.now("/etc/passwd") is None and places.moved("/etc/passwd") == "/etc/passwd"


def test_a_link_into_a_folder_counts_as_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "repo").mkdir()
    (tmp_path / "repo" / "t.py").touch()
    (tmp_path / "t.py").symlink_to("repo/t.py")
    assert Places([(os.path.realpath(tmp_path / "repo"), "/tree")]).now(str(tmp_path / "t.py")) == "/tree/t.py"


def test_the_whole_machine_stands_for_nothing() -> None:
    assert Places([("/", "/tree"), ("", "/tree"), ("a", "/tree")]).now("/a") is None


def test_packages_that_were_installed_in_place_come_from_the_tree(root: Path, tmp_path: Path) -> None:
    tree = tmp_path / "my tree"
    for folder in ("src", "libs/two/src", "tools"):
        (tree / folder).mkdir(parents=True)
    run = make_run(root)
    lines = [
        '-e "/home/ada/my code"  # one',
        '-e "/home/ada/my code/libs/two"  # two',
        "-e /opt/other  # three",
        "numpy==2.0",
    ]
    (run.path / "packages.txt").write_text("".join(f"{line}\n" for line in lines))
    places = Places([("/home/ada/my code", str(tree))])
    given = os.pathsep.join(["/opt/lib", "/home/ada/my code/tools"])
    found = imports.path(run.folder, places, given, ["/home/ada/my code/lib"])
    below = [f"{tree}/{name}" for name in ("tools", "src", "", "libs/two/src", "libs/two")]
    assert (found or "").split(os.pathsep) == ["/opt/lib", *(name.rstrip("/") for name in below)]
    assert imports.path(run.folder, Places([("/nowhere", str(tree))]), "/opt/lib", []) is None
