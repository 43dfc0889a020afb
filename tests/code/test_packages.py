"""Packages as requirements that an installer understands, read from folder names."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exparse.code.packages import moved, requirements


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site-packages"
    folder.mkdir()
    return folder


def install(site: Path, entry: str, url: dict[str, Any] | None = None) -> None:
    (site / entry).mkdir()
    if url is not None:
        (site / entry / "direct_url.json").write_text(json.dumps(url))


def test_names_and_versions_are_sorted_whatever_their_spelling(site: Path) -> None:
    for entry in ("numpy-1.26.4.dist-info", "Zope.interface-6.0.dist-info", "typing_extensions-4.9.0.dist-info"):
        install(site, entry)
    install(site, "six-1.16.0+local.1.dist-info")
    assert requirements([str(site)]) == [
        "numpy==1.26.4",
        "six==1.16.0+local.1",
        "typing-extensions==4.9.0",
        "Zope.interface==6.0",
    ]


def test_the_first_on_the_path_is_the_one_that_is_imported(site: Path, tmp_path: Path) -> None:
    install(site, "my_tool-1.0.dist-info")
    other = tmp_path / "other"
    other.mkdir()
    install(other, "My.Tool-2.0.dist-info")
    assert requirements([str(site), str(other), str(site)]) == ["my-tool==1.0"]
    assert requirements([str(other), str(site)]) == ["My.Tool==2.0"]


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (
            {"url": "https://ada:t0ken@example.org/x.git", "vcs_info": {"vcs": "git", "commit_id": "abc123"}},
            "tool @ git+https://example.org/x.git@abc123",
        ),
        (
            {
                "url": "ssh://git@example.org/x",
                "vcs_info": {"vcs": "git", "commit_id": "abc", "requested_revision": "main"},
                "subdirectory": "py",
            },
            "tool @ git+ssh://example.org/x@abc#subdirectory=py",
        ),
        ({"url": "file:///src/tool", "dir_info": {"editable": True}}, "-e /src/tool  # tool"),
        ({"url": "file:///my%20src/tool", "dir_info": {"editable": True}}, '-e "/my src/tool"  # tool'),
        ({"url": "file:///src/tool", "dir_info": {}}, "tool @ file:///src/tool"),
        ({"url": "https://example.org/tool.whl?sig=t0ken", "archive_info": {}}, "tool @ https://example.org/tool.whl"),
    ],
)
def test_what_came_from_an_address_says_so_without_its_secrets(site: Path, told: dict[str, Any], line: str) -> None:
    install(site, "tool-1.0.dist-info", told)
    assert requirements([str(site)]) == [line]


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000, '{"url": 3}', "\0", '{"dir_info": {}}'])
def test_a_damaged_address_leaves_name_and_version(site: Path, text: str) -> None:
    install(site, "tool-1.0.dist-info")
    (site / "tool-1.0.dist-info" / "direct_url.json").write_text(text)
    assert requirements([str(site)]) == ["tool==1.0"]


def test_what_is_worked_on_in_place_is_told_as_such(tmp_path: Path) -> None:
    project = tmp_path / "my project"
    (project / "tool.egg-info").mkdir(parents=True)
    (project / "tool.egg-info" / "PKG-INFO").write_text(
        "Metadata-Version: 2.1\nName: tool\nVersion: 1.2\n\nVersion: 3\n"
    )
    assert requirements([str(project)]) == [f'-e "{project}"  # tool==1.2']


def test_old_installs_are_told_too(site: Path) -> None:
    (site / "old-1.0-py3.11.egg-info").write_text("Metadata-Version: 1.0\n")
    install(site, "older-2.0-py3.10.egg-info")
    assert requirements([str(site)]) == ["old==1.0", "older==2.0"]


def test_odd_entries_are_passed_over(site: Path) -> None:
    for entry in ("-1.0.dist-info", ".dist-info", "noversion.dist-info", "~umpy-1.0.dist-info"):
        install(site, entry)
    (site / "new\nline-1.0.dist-info").mkdir()
    assert requirements([str(site), str(site / "gone"), "", "/nowhere.zip"]) == []


def test_it_says_what_pip_says(script: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    answer = script(
        """
        import sys
        from importlib import metadata
        from exparse.code.packages import requirements
        def fold(name): return name.lower().replace("_", "-").replace(".", "-")
        theirs = {(fold(d.metadata["Name"]), d.version) for d in metadata.distributions()}
        ours = {(fold(line.split("==")[0]), line.split("==")[1]) for line in requirements(sys.path) if line[0] != "-"}
        print(len(ours) > 5, sorted(ours - theirs), sorted(name for name, _ in theirs - ours))
        """
    )
    first, rest = answer.stdout.split(" ", 1)
    assert first == "True" and rest.startswith("[] "), answer.stdout + answer.stderr
    assert set(rest[3:].strip("[]\n ").replace("'", "").split(", ")) <= {"", "exparse"}, rest


def test_a_package_in_a_tree_is_named_by_what_the_tree_stands_for(tmp_path: Path) -> None:
    tree = tmp_path / "a tree"
    tree.mkdir()
    was, now = str(tree), "/home/ada/my code"
    assert moved(f'-e "{tree}/src"  # net==0.1', was, now) == '-e "/home/ada/my code/src"  # net==0.1'
    assert moved(f'-e "{tree}"', was, now) == '-e "/home/ada/my code"'
    for line in ("numpy==1.26.4", f'-e "{tree}s/src"'):
        assert moved(line, was, now) == line


def test_of_a_package_in_place_what_its_installation_says_comes_before_what_lies_beside_its_sources(
    site: Path, tmp_path: Path
) -> None:
    project, tree, other = tmp_path / "my project", tmp_path / "tree", tmp_path / "other"
    for folder in (project / "src", other):
        (folder / "net.egg-info").mkdir(parents=True)
    (tree / "src").mkdir(parents=True)
    (tree / "src" / "net.egg-info").symlink_to(project / "src" / "net.egg-info")
    install(site, "net-0.1.dist-info", {"url": project.as_uri(), "dir_info": {"editable": True}})
    line = f'-e "{project}"  # net'
    for path in ([site], [tree / "src", site], [project / "src", site], [site, project / "src"]):
        assert requirements(list(map(str, path))) == [line]
    assert requirements([str(other), str(site)]) == [f"-e {other}"], "another copy, which is imported"
