"""Console scripts and the module whose code they are."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest
from repositories import run_git

from exparse.record import console


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pretend to be a console script that calls a function of ``pkg``."""
    (tmp_path / "code" / "pkg").mkdir(parents=True)
    module = types.ModuleType("pkg.train")
    module.__file__ = str(tmp_path / "code" / "pkg" / "train.py")
    monkeypatch.setitem(sys.modules, "pkg.train", module)
    main, called = types.ModuleType("__main__"), types.FunctionType((lambda: None).__code__, {"__name__": "pkg.train"})
    vars(main).update(Path=Path, sys=sys, main=called)
    monkeypatch.setitem(sys.modules, "__main__", main)
    return tmp_path


def test_the_code_of_a_console_script_is_that_of_the_module_it_calls(environment: Path) -> None:
    assert console.folder() is None, "an archive of sources is of what lies beside the script"
    run_git(environment / "code", "init", "-q")
    assert console.folder() == str(environment / "code" / "pkg")


def test_what_is_installed_is_told_by_its_version(environment: Path) -> None:
    run_git(environment / "code", "init", "-q")
    sys.modules["pkg.train"].__file__ = str(environment / "code" / "site-packages" / "pkg" / "train.py")
    assert console.folder() is None


def test_what_the_main_script_holds_is_not_asked_for_attributes(environment: Path) -> None:
    run_git(environment / "code", "init", "-q")
    asked: list[str] = []

    class Lazy:
        def __getattr__(self, name: str) -> None:
            asked.append(name)
            raise ImportError("what it stands for is loaded now")

        def __call__(self) -> None:
            """Be called as a function is."""

        __module__ = property(lambda self: self.__getattr__("__module__"))  # type: ignore[assignment]

    held = vars(sys.modules["__main__"])
    others = dict(held)
    held.clear()
    held.update(lazy=Lazy(), **others)
    assert console.folder() == str(environment / "code" / "pkg") and asked == []
