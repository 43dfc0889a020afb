"""The plan of the house, checked in the source: imports go down, and what is forbidden is not there."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "exparse"

FLOORS = [
    {"errors"},
    {"format"},
    {"store"},
    {"code", "streams"},
    {"record", "query"},
    {"parse"},
    {"launch", "share", "dashboard"},
    {"cli"},
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS, start=1) for room in rooms}

# The front doors look into every room, and every room may ask for the version.
FRONT_DOORS = {"__init__", "__main__", "version"}

MODULES = sorted(PACKAGE.rglob("*.py"))
MODULE_NAMES = [path.relative_to(PACKAGE).as_posix() for path in MODULES]

LONGEST_MODULE_LINES = 400
LONGEST_FUNCTION_LINES = 60

# Each costs milliseconds at every start of a user's script.
NOT_ON_THE_START_UP_PATH = {
    "asyncio",
    "dataclasses",
    "git",
    "importlib.metadata",
    "inspect",
    "json",
    "logging",
    "numpy",
    "pandas",
    "pathlib",
    "subprocess",
    "tabulate",
    "threading",
    "tqdm",
    "typing",
    "yaml",
}

# The source is the same under every interpreter.
pytestmark = pytest.mark.slow

each_module = pytest.mark.parametrize("path", MODULES, ids=MODULE_NAMES)


def room_of(path: Path) -> str:
    """Return the room that a module of the package belongs to: its folder, or on the top level its name."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def absolute_names(node: ast.Import | ast.ImportFrom, path: Path) -> list[str]:
    """Return the dotted names that an import statement in ``path`` asks for, relative ones made absolute."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    here = ["exparse", *path.relative_to(PACKAGE).with_suffix("").parts]
    start = here[: len(here) - node.level] if node.level else []
    module = [*start, *(node.module.split(".") if node.module else [])]
    return [".".join([*module, alias.name]) for alias in node.names]


def imported_names(path: Path) -> Iterator[str]:
    """Yield what a module imports: at its top, in functions, for type checking, or by ``import_module``."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from absolute_names(node, path)
        elif isinstance(node, ast.Call) and called_name(node).split(".")[-1] in (
            "import_module",
            "__import__",
        ):
            if node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
                yield node.args[0].value


def rooms_imported_by(path: Path) -> set[str]:
    """Return the rooms that a module asks for; ``import exparse`` itself counts as ``__init__``."""
    rooms = set()
    for name in imported_names(path):
        parts = name.split(".")
        if parts[0] != "exparse":
            continue
        inner = parts[1] if len(parts) > 1 else "__init__"
        is_room = inner in FLOOR or (PACKAGE / inner).exists() or (PACKAGE / f"{inner}.py").exists()
        rooms.add(inner if is_room else "__init__")
    return rooms


def called_name(node: ast.Call) -> str:
    """Return what is called as it is written, such as ``os.system``; empty where that is no plain name."""
    try:
        return ast.unparse(node.func)
    except ValueError:
        return ""


@each_module
def test_every_module_lives_in_a_room_of_the_plan(path: Path) -> None:
    assert room_of(path) in FLOOR.keys() | FRONT_DOORS, f"{path} is in no room of the plan"


@each_module
def test_imports_only_go_down(path: Path) -> None:
    room = room_of(path)
    if room in FRONT_DOORS:
        assert room != "version" or not list(imported_names(path)), "version.py imports nothing"
        return
    others = rooms_imported_by(path) - {room, "version"}
    wrong = sorted(other for other in others if FLOOR.get(other, len(FLOORS) + 1) >= FLOOR[room])
    assert not wrong, f"{room} is on floor {FLOOR[room]} and may not import {', '.join(wrong)}"


@each_module
def test_the_package_imports_nothing_from_tests_or_docs(path: Path) -> None:
    outside = {name for name in imported_names(path) if name.split(".")[0] in {"tests", "docs", "conftest", "pytest"}}
    assert not outside


FORBIDDEN_MODULES = {"pickle", "_pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle"}
FORBIDDEN_CALLS = {"eval", "exec", "os.system", "os.popen", "yaml.load", "yaml.load_all", "pickle.loads"}
FORBIDDEN_LAST_WORDS = {"unsafe_load", "unsafe_load_all", "full_load", "full_load_all", "extractall"}
FORBIDDEN_LOADERS = {"Loader", "FullLoader", "UnsafeLoader", "CLoader", "CFullLoader", "CUnsafeLoader"}


def forbidden_constructs(tree: ast.Module) -> Iterator[str]:
    """Yield each construct that would run or load what a file says, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] in FORBIDDEN_MODULES:
                    yield f"line {node.lineno}: import {alias.name}"
        elif isinstance(node, ast.ImportFrom):
            if (node.module or "").split(".")[0] in FORBIDDEN_MODULES:
                yield f"line {node.lineno}: from {node.module} import"
            elif (node.module or "").split(".")[0] == "yaml":
                for alias in node.names:
                    if alias.name in FORBIDDEN_LOADERS | FORBIDDEN_LAST_WORDS | {"load", "load_all"}:
                        yield f"line {node.lineno}: from yaml import {alias.name}"
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "yaml" and node.attr in FORBIDDEN_LOADERS:
            yield f"line {node.lineno}: yaml.{node.attr}"
        elif isinstance(node, ast.Call):
            name = called_name(node)
            if name in FORBIDDEN_CALLS or name.split(".")[-1] in FORBIDDEN_LAST_WORDS:
                yield f"line {node.lineno}: {name}()"
            for keyword in node.keywords:
                if keyword.arg == "shell" and not (isinstance(keyword.value, ast.Constant) and not keyword.value.value):
                    yield f"line {node.lineno}: shell="


# The user's own script, because the user asks for it: "exparse run".
RUNS_THE_PROGRAM = PACKAGE / "launch" / "script.py"


@each_module
def test_nothing_is_loaded_or_run_unsafely(path: Path) -> None:
    found = [what for what in forbidden_constructs(tree_of(path)) if path != RUNS_THE_PROGRAM or "exec()" not in what]
    assert not found


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from marshal import loads",
        "eval('1')",
        "exec(text)",
        "subprocess.run(x, shell=True)",
        "subprocess.run(x, shell=flag)",
        "os.system('ls')",
        "yaml.load(x)",
        "yaml.full_load(x)",
        "from yaml import load",
        "yaml.load_all(x, Loader=yaml.CSafeLoader)",
        "Parser(yaml.FullLoader)",
        "tarfile.open(x).extractall()",
    ],
)
def test_the_watch_for_unsafe_constructs_sees_them(source: str) -> None:
    assert list(forbidden_constructs(ast.parse(source)))


@pytest.mark.parametrize("source", ["re.compile(x)", "yaml.safe_load(x)", "run(x, shell=False)", "self.execute()"])
def test_the_watch_for_unsafe_constructs_leaves_safe_ones_alone(source: str) -> None:
    assert not list(forbidden_constructs(ast.parse(source)))


@each_module
def test_only_the_command_line_prints(path: Path) -> None:
    prints = [n.lineno for n in ast.walk(tree_of(path)) if isinstance(n, ast.Call) and called_name(n) == "print"]
    assert room_of(path) == "cli" or not prints, f"print() in lines {prints}; say it by an error, a warning or a value"


@each_module
def test_no_assert_stands_for_a_check(path: Path) -> None:
    asserts = [node.lineno for node in ast.walk(tree_of(path)) if isinstance(node, ast.Assert)]
    assert not asserts, f"assert in lines {asserts}; python -O takes it away: raise an error"


def lines_of_docstring(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = function.body[0]
    said = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    return (first.end_lineno or first.lineno) - first.lineno + 1 if said else 0


@each_module
def test_modules_and_functions_stay_small(path: Path) -> None:
    tree = tree_of(path)
    functions = [n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    lengths = {f"{n.name}()": (n.end_lineno or n.lineno) - n.lineno + 1 - lines_of_docstring(n) for n in functions}
    long = {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION_LINES}
    assert not long, f"longer than {LONGEST_FUNCTION_LINES} lines: {long}"
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST_MODULE_LINES, f"{lines} lines: a second noun is hiding here"


def modules_loaded_by(source: str) -> set[str]:
    """Return the names in ``sys.modules`` after a fresh interpreter has run ``source``."""
    # Written by repr and read by json: the report itself must not import anything before it looks.
    report = "\nimport sys; print(repr(sorted(sys.modules)).replace(chr(39), chr(34)))"
    answer = subprocess.run([sys.executable, "-c", source + report], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    return set(json.loads(answer.stdout.splitlines()[-1]))


PARSE = """
parser = {name}(description="a training script")
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--model", choices=["a", "b"], default="a")
args = parser.parse_args(["--lr", "0.5"])
"""


def test_a_script_that_parses_does_not_pay_for_heavy_modules(root: Path) -> None:
    plain = modules_loaded_by("from argparse import ArgumentParser" + PARSE.format(name="ArgumentParser"))
    setting = f"import os; os.environ['EXPARSE_ROOT'] = {str(root)!r}\n"
    ours = modules_loaded_by(setting + "from exparse import ExParser" + PARSE.format(name="ExParser"))
    added = ours - plain
    assert list((root / "runs").iterdir()), "nothing was recorded, so nothing was measured"
    heavy = sorted(added & NOT_ON_THE_START_UP_PATH)
    assert not heavy, f"every start of a script would pay for {', '.join(heavy)}"
