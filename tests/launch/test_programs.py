"""``exparse run`` on programs that nobody wrote for us: those of the standard library, and some from PyPI."""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from running import ran, run, runs_in

pytestmark = pytest.mark.slow

MODULE = '"""Doc.\n\n>>> 1 + 1\n2\n"""\nimport os, sys\n\n\ndef f(x):\n    return x + 1\n\n\nprint(f(1), sys.argv)\n'
TESTS = "import unittest\nclass T(unittest.TestCase):\n    def test_a(self): pass\n    def test_b(self): 1 / 0\n"
TEXT = "hello wrold, select a from b\n"

# The words behind "python", and what its run's params hold; None where there is no run: help, usage errors.
STANDARD: list[tuple[str, dict[str, Any] | None]] = [
    ("-m ast mod.py", {"mode": "exec"}),
    ("-m calendar 2024 5", {"year": 2024, "month": 5, "type": "text"}),
    ("-m calendar --nope", None),
    ("-m code --help", None),
    ("-m compileall -q mod.py", {"compile_dest": ["mod.py"], "quiet": 1}),
    ("-m dis mod.py", {"infile": "mod.py"}),
    ("-m doctest -v mod.py", {"file": ["mod.py"], "verbose": True}),
    ("-m ensurepip --version", None),
    ("-m gzip --fast text.txt", {"args": ["text.txt"], "fast": True}),
    ("-m http.server --help", None),
    ("-m inspect json --details", {"object": "json", "details": True}),
    ("-m json.tool --indent 2 in.json", {"indent": 2, "infile": "in.json"}),
    ("-m json.tool text.txt", {"infile": "text.txt"}),
    ("-m pickletools --nope", None),
    ("-m py_compile mod.py", {"filenames": ["mod.py"]}),
    ("-m tarfile -l x.tar", {"list": "x.tar"}),
    ("-m timeit -h", {"args": ["-h"]}),
    ("-m tokenize mod.py", {"filename": "mod.py"}),
    ("-m trace --listfuncs", {"listfuncs": True}),
    ("-m unittest -v test_one", {"verbosity": 2, "tests": ["test_one"]}),
    ("-m unittest discover -s . -p test*", {"start": ".", "pattern": "test*"}),
    ("-m venv --without-pip env", {"dirs": ["env"], "with_pip": False}),
    ("-m zipapp app -o app.pyz", {"source": "app", "output": "app.pyz"}),
    ("-m zipfile -c new.zip text.txt", {"create": ["new.zip", "text.txt"]}),
    ("app --x 3", {"x": 3}),
    ("x.zip --x 4", {"x": 4}),
]
FROM_PYPI: list[tuple[str, str, dict[str, Any] | None]] = [
    ("autopep8", "-m autopep8 --diff mod.py", {"files": ["mod.py"], "diff": True}),
    ("codespell_lib", "-m codespell_lib text.txt", {"files": ["text.txt"]}),
    ("identify", "-m identify.cli text.txt", {"path": "text.txt"}),
    ("isort", "-m isort --check mod.py", {"files": ["mod.py"], "check": True}),
    ("markdown_it", "-m markdown_it.cli.parse text.txt", {"filenames": ["text.txt"]}),
    ("pyflakes", "-m pyflakes mod.py", {"path": ["mod.py"]}),
    ("pygments", "-m pygments -l python mod.py", {"INPUTFILE": "mod.py", "l": "python"}),
    ("pyupgrade", "-m pyupgrade --py38-plus mod.py", {"filenames": ["mod.py"], "min_version": [3, 8]}),
    ("sqlparse", "-m sqlparse -k upper text.txt", {"keyword_case": "upper"}),
    ("vulture", "-m vulture --min-confidence 10 mod.py", {"min_confidence": 10}),
    ("yamllint", "-m yamllint -f parsable in.json", {"format": "parsable"}),
]
# What differs between two runs of the same program under Python itself.
_PASSING = re.compile(r"\d+\.\d+s|0x[0-9a-f]+|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?|python[\d.]*")


def box(folder: Path) -> Path:
    """Make a folder with something for each of the programs."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "app").mkdir(parents=True)
    main = "import argparse\np = argparse.ArgumentParser()\np.add_argument('--x', type=int)\nprint(p.parse_args())\n"
    files = {"mod.py": MODULE, "test_one.py": TESTS, "text.txt": TEXT, "in.json": '{"b": 1}', "app/__main__.py": main}
    for name, text in files.items():
        (folder / name).write_text(text)
    with zipfile.ZipFile(folder / "x.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo("__main__.py"), main)
    with tarfile.open(folder / "x.tar", "w") as tar:
        tar.add(folder / "text.txt", "text.txt")
    return folder


def compare(words: str, params: dict[str, Any] | None, tmp_path: Path) -> None:
    """Run a program twice in the same place, and see that nobody could tell the difference."""
    place, root = tmp_path / "box", tmp_path / "root"
    told = []
    for runner in (ran, run):
        box(place)
        env = {"EXPARSE_ROOT": str(root)}
        if runner is ran:
            ended = ran([sys.executable, *words.split()], place, env=env)
        else:
            ended = run(*words.split(), folder=place, env=env)
        said = [_PASSING.sub("_", text) for text in (ended.stdout, ended.stderr)]
        told.append((ended.returncode, *said, sorted(path.name for path in place.iterdir())))
    assert told[0] == told[1]
    runs = runs_in(root)
    if params is None:
        assert not root.exists()
        return
    assert len(runs) == 1
    assert {name: runs[0].params.get(name) for name in params} == params
    assert runs[0].status.exit_code == told[0][0]
    assert _PASSING.sub("_", runs[0].output("stdout").decode()) == told[0][1]


@pytest.mark.parametrize(("words", "params"), STANDARD, ids=[words for words, _ in STANDARD])
def test_programs_of_the_standard_library_are_what_they_were(
    words: str, params: dict[str, Any] | None, tmp_path: Path
) -> None:
    compare(words, params, tmp_path)


@pytest.mark.parametrize(("module", "words", "params"), FROM_PYPI, ids=[words for _, words, _ in FROM_PYPI])
def test_programs_from_pypi_are_what_they_were(
    module: str, words: str, params: dict[str, Any] | None, tmp_path: Path
) -> None:
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not here: pip install exparse[programs]")
    compare(words, params, tmp_path)
