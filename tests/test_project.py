"""What the project says about itself, held against what it is."""

from __future__ import annotations

import configparser
import os
import re
import subprocess
from pathlib import Path

import exparse
from exparse.version import __version__

CHECKOUT = Path(__file__).resolve().parent.parent
CORE = {"PyYAML", "GitPython", "pandas", "tabulate", "tqdm"}
TEXT_FILES = {".py", ".cfg", ".toml", ".rst", ".in", ".md", ".txt", ".yaml", ".json", ""}


def setup_cfg() -> configparser.ConfigParser:
    parsed = configparser.ConfigParser(interpolation=None)
    parsed.read(CHECKOUT / "setup.cfg", encoding="utf-8")
    return parsed


def lines_of(value: str) -> list[str]:
    return [line.strip() for line in value.splitlines() if line.strip() and not line.strip().startswith("#")]


def project_files() -> list[Path]:
    """Return the files that git has or would take: ignored ones are no part of the project."""
    # The tests' own world hides the user's git configuration, where the leave to read this checkout may be.
    listing = subprocess.run(
        [
            "git",
            "-c",
            f"safe.directory={CHECKOUT}",
            "-C",
            str(CHECKOUT),
            "ls-files",
            "-z",
            "-c",
            "-o",
            "--exclude-standard",
        ],
        capture_output=True,
    )
    if listing.returncode == 0:
        names = [os.fsdecode(name) for name in listing.stdout.split(b"\0") if name]
        return [CHECKOUT / name for name in names if (CHECKOUT / name).is_file()]
    # An unpacked source distribution has no git; there everything is the project.
    return [path for path in CHECKOUT.rglob("*") if path.is_file()]


def test_the_version_has_one_home() -> None:
    assert setup_cfg()["metadata"]["version"] == "attr: exparse.version.__version__"
    assert exparse.__version__ == __version__
    literal = re.compile(rf"""version\w*\s*[=:]\s*["']?{re.escape(__version__)}""")
    homes = [
        path.relative_to(CHECKOUT).as_posix()
        for path in project_files()
        if path.suffix in {".py", ".cfg", ".toml"} and literal.search(path.read_text(encoding="utf-8"))
    ]
    assert homes == ["exparse/version.py"]


def test_the_version_reads_as_a_release_or_a_draft_of_one() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc)\d+|\.dev\d+)?", __version__)


def test_the_core_requirements_are_five_and_none_is_pinned() -> None:
    requirements = lines_of(setup_cfg()["options"]["install_requires"])
    assert {re.split(r"[ <>=!~]", line)[0] for line in requirements} == CORE
    assert all(re.fullmatch(r"\w+ >= [\d.]+", line) for line in requirements)


def test_the_supported_pythons_are_the_ones_tested() -> None:
    classifiers = lines_of(setup_cfg()["metadata"]["classifiers"])
    prefix = "Programming Language :: Python :: 3."
    supported = [line.removeprefix(prefix) for line in classifiers if line.startswith(prefix)]
    tested = re.search(r"for other in ([\d. ]+);", (CHECKOUT / "scripts" / "test").read_text(encoding="utf-8"))
    assert tested is not None
    assert tested[1].split() == [f"3.{minor}" for minor in supported]
    assert setup_cfg()["options"]["python_requires"] == f">=3.{supported[0]}"


def test_type_checkers_are_told_that_the_package_is_typed() -> None:
    assert (CHECKOUT / "exparse" / "py.typed").is_file()
    assert setup_cfg()["options.package_data"]["exparse"] == "py.typed"


def test_setup_py_is_a_stub() -> None:
    assert len(lines_of((CHECKOUT / "setup.py").read_text(encoding="utf-8"))) <= 3


def test_the_licence_is_mit_here_and_there() -> None:
    assert (CHECKOUT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")
    assert setup_cfg()["metadata"]["license"] == "MIT"


def test_the_changelog_speaks_of_this_version() -> None:
    changelog = (CHECKOUT / "CHANGELOG.rst").read_text(encoding="utf-8")
    assert re.search(rf"^{re.escape(__version__)}\b", changelog, re.MULTILINE)


def test_every_script_can_be_started_and_says_what_it_is_for() -> None:
    scripts = [path for path in (CHECKOUT / "scripts").iterdir() if not path.suffix and path.is_file()]
    assert {"test", "check", "demo", "release"} <= {path.name for path in scripts}
    for path in [*scripts, CHECKOUT / ".ci" / "run"]:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith("#!/usr/bin/env "), path
        assert len(lines[1]) > 10, f"{path} does not say in its second line what it is for"
        assert os.access(path, os.X_OK), f"{path} is not executable"


def test_no_file_of_the_project_names_a_path_of_one_machine() -> None:
    homes = re.compile(r"(/root/|/home/[a-z]+/|/Users/[a-z]+/|/wo" + "rk/)")
    allowed = re.compile(r"/home/(user|you|me|anna|ada|bob|alice)/|/Users/(you|me)/")
    found = [
        f"{path.relative_to(CHECKOUT).as_posix()}:{number}"
        for path in project_files()
        if path.suffix in TEXT_FILES and path.name != "test_project.py"
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if homes.search(allowed.sub("", line))
    ]
    assert not found
