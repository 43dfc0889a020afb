"""The examples of the pages, run in their order in a fresh folder, by the real command."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(sys.executable).parent
PAGES = (
    "README.rst",
    *(
        f"docs/{name}.rst"
        for name in (
            *("quickstart", "find", "recorded", "output", "logging", "jobs", "secrets", "script", "replay"),
            *("rerun", "run"),
        )
    ),
)
# Who commits, in the examples that use git.
PERSON = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Ada"), ("EMAIL", "ada@localhost"))
}
# Where the pages say that they are.
HOME = "/home/ada/wave"
PYTHON = "/home/ada/venv/bin"
# Installing is tested by scripts/test, in an environment of its own.
NOT_HERE = ("pip install .",)


class Reader:
    """Somebody who does what a page says, in an empty folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.written: list[str] = []
        self.ran: list[str] = []

    def follow(self, block: Any) -> None:
        """Write the file that a block shows, or run what it says."""
        named = re.match(r"# (\w+\.(?:py|yaml|sh)|Makefile)\n", block.text)
        if named:
            (self.folder / named[1]).write_text(block.text, encoding="utf-8")
            self.written.append(named[1])
        elif block.language == "python":
            self.run([sys.executable, "-W", "error", "-c", block.text], block.line)
        elif block.language == "console":
            for command, shown in self.commands(block.text):
                if command not in NOT_HERE:
                    said = self.run(["bash", "-c", command], block.line)
                    self.ran.append(command)
                    if shown:
                        said = said.replace(os.path.realpath(self.folder), HOME).replace(str(PROGRAMS), PYTHON)
                        # Quoted, where this checkout lies in a folder with a space.
                        said = re.sub(rf"'({PYTHON}/\w+)'", r"\1", said)
                        assert masked(said) == masked(shown), f"line {block.line}: {command}\n{said}"

    def commands(self, text: str) -> list[tuple[str, str]]:
        """Return the commands of a block with what the page says that they print."""
        parts = re.split(r"^\$ (.*)\n", text, flags=re.MULTILINE)
        assert not parts[0], f"text before the first prompt: {parts[0]}"
        return list(zip(parts[1::2], parts[2::2], strict=True))

    def run(self, command: list[str], line: int) -> str:
        """Return what a command says, standard error included; it must succeed."""
        path = f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, **PERSON, "PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=120,
        )
        assert done.returncode == 0, f"line {line}: {command[-1]}\n{done.stdout}"
        return done.stdout


def masked(output: str) -> str:
    """Return output without what differs each time: times, durations, sizes, commits, the machine, widths of columns."""
    # Of two runs that took as long there is no such line.
    output = re.sub(r"^ +duration .*\n", "", output, flags=re.MULTILINE)
    output = re.sub(r"^(packages|environment): the same \(.*\)$", r"\1: the same", output, flags=re.MULTILINE)
    output = re.sub(r"\d{4}-\d\d-\d\d[-T ]\d\d[-:]\d\d([-:]\d\d)?", "TIME", output)
    output = re.sub(r"\b\d+(\.\d+)? (B|kB|MB)(?!\w)|\b\d+ %", "SIZE", output)
    # The name that an interpreter goes by differs between environments.
    output = re.sub(r"(?<=/bin/python)3(\.\d+)?\b", "", output)
    output = re.sub(r"/\S.*/exparse/trees/\w+/[\w ]+$", "TREE", output, flags=re.MULTILINE)
    output = re.sub(r"\b(commit|recorded:|here) +[0-9a-f]{7}\b", r"\1 COMMIT", output)
    output = re.sub(r"\b\d+(\.\d+)? ?(ms|s|min|h)\b", "DURATION", output)
    output = re.sub(r"\b(?=\w*\d)(?:[0-9a-f]{40}|[0-9a-f]{12})\b", "COMMIT", output)
    return re.sub(r"\s+", " ", re.sub(r"-{2,}(?=\s)", "--", output)).strip()


@pytest.mark.skipif(not (PROGRAMS / "exparse").exists(), reason="the command is not installed beside this interpreter")
@pytest.mark.parametrize("name", PAGES)
def test_the_examples_of_a_page_work_in_their_order(name: str, odd_home: Path, blocks: Any) -> None:
    reader = Reader(odd_home)
    for block in blocks(name):
        reader.follow(block)
    # A script that the page only shows must work, too.
    for file in reader.written:
        if file.endswith(".py") and not any(file in command for command in reader.ran):
            reader.run([sys.executable, "-W", "error", file], 0)
            reader.ran.append(file)
    assert reader.ran


@pytest.fixture
def odd_home(tmp_path: Path) -> Path:
    """Return an empty folder with a space in its name."""
    folder = tmp_path / "my scripts"
    folder.mkdir()
    return folder


def test_the_readme_names_scripts_that_can_be_run(page: Any) -> None:
    named = set(re.findall(r"``(scripts/\w+)``", page("README.rst")))
    assert named == {"scripts/demo", "scripts/test"}
    for name in named:
        assert os.access(CHECKOUT / name, os.X_OK), name


def test_the_readme_is_short_and_its_links_lead_somewhere(page: Any) -> None:
    text = page("README.rst")
    assert len(text.splitlines()) <= 100
    targets = re.findall(r"<([^>]*)>`_", text.replace("\n", " ")) + re.findall(r"\.\. image:: (\S+)", text)
    assert len(targets) > 5
    for target in targets:
        assert (CHECKOUT / target).is_file(), target


@pytest.mark.docs
@pytest.mark.parametrize("name", ["README.rst", "CHANGELOG.rst"])
def test_a_package_index_can_show_it(name: str, page: Any) -> None:
    core = pytest.importorskip("docutils.core", reason="docutils is not installed: pip install .[docs]")
    # Level 2 is a warning: an index shows plain text then.
    settings = {"halt_level": 2, "report_level": 2, "file_insertion_enabled": False, "raw_enabled": False}
    tree = core.publish_doctree(page(name), source_path=name, settings_overrides=settings)
    assert tree["title"] == page(name).splitlines()[0]
