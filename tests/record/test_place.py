"""Where runs go when nobody says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from exparse import simpleroot
from exparse.record import place

SOURCE = "from exparse import ExParser\nparser = ExParser(ROOT)\nargs = parser.parse_args()\nprint(args.run.root)\n"
START = SOURCE.replace("ROOT", "")


def started(*command: object, cwd: Path, **more: Any) -> Path:
    """Run a command; return the root that its run says it is in."""
    answer = subprocess.run([sys.executable, *map(str, command)], cwd=cwd, capture_output=True, text=True, **more)
    assert answer.returncode == 0, answer.stderr
    return Path(answer.stdout.strip())


def written(path: Path, source: str = START) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source)
    return path


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


def test_beside_the_main_script_wherever_one_works(tmp_path: Path, elsewhere: Path) -> None:
    script = written(tmp_path / "project" / "main.py")
    beside = tmp_path / "project" / "exruns"
    assert started(script, cwd=elsewhere) == beside
    assert started("../project/main.py", cwd=elsewhere) == beside
    assert started("main.py", cwd=script.parent) == beside
    assert started("-m", "main", cwd=script.parent) == beside
    assert (
        started("-c", "import runpy; runpy.run_path('../project/main.py', run_name='__main__')", cwd=elsewhere)
        == beside
    )


def test_a_script_that_a_link_leads_to_is_where_the_link_is(tmp_path: Path, elsewhere: Path) -> None:
    written(tmp_path / "project" / "main.py")
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "go.py").symlink_to(tmp_path / "project" / "main.py")
    assert started(tmp_path / "links" / "go.py", cwd=elsewhere) == tmp_path / "links" / "exruns"


@pytest.mark.parametrize(
    "where",
    ["bin/main.py", "Scripts/main.py", "sbin/main.py", "lib/site-packages/tool/main.py", "lib/dist-packages/main.py"],
)
def test_in_the_working_folder_where_the_script_is_installed(tmp_path: Path, elsewhere: Path, where: str) -> None:
    assert started(written(tmp_path / where), cwd=elsewhere) == elsewhere / "exruns"


def test_a_folder_called_bin_higher_up_is_no_matter(tmp_path: Path, elsewhere: Path) -> None:
    script = written(tmp_path / "bin" / "project" / "main.py")
    assert started(script, cwd=elsewhere) == script.parent / "exruns"


def test_in_the_working_folder_without_a_script(elsewhere: Path) -> None:
    assert started("-c", START, cwd=elsewhere) == elsewhere / "exruns"
    assert started("-", cwd=elsewhere, input=START) == elsewhere / "exruns"


def test_in_the_working_folder_for_a_zipped_program(tmp_path: Path, elsewhere: Path) -> None:
    with zipfile.ZipFile(tmp_path / "tool.pyz", "w") as archive:
        archive.writestr("__main__.py", START)
    assert started(tmp_path / "tool.pyz", cwd=elsewhere) == elsewhere / "exruns"


def test_beside_a_package_that_is_run_as_a_module(tmp_path: Path) -> None:
    script = written(tmp_path / "pkg" / "__main__.py")
    (script.parent / "__init__.py").touch()
    assert started("-m", "pkg", cwd=tmp_path) == tmp_path / "pkg" / "exruns"


def test_the_constructor_comes_before_the_environment_and_that_before_the_place(
    tmp_path: Path, elsewhere: Path
) -> None:
    env = {**os.environ, "EXPARSE_ROOT": str(tmp_path / "env")}
    script = written(tmp_path / "project" / "main.py")
    assert started(script, cwd=elsewhere, env=env) == tmp_path / "env"
    assert started(script, cwd=elsewhere, env={**env, "EXPARSE_ROOT": "rel/deep"}) == elsewhere / "rel" / "deep"
    assert started(script, cwd=elsewhere, env={**env, "EXPARSE_ROOT": "~/r"}) == Path(os.environ["HOME"]) / "r"
    assert started(script, cwd=elsewhere, env={**env, "EXPARSE_ROOT": ""}) == tmp_path / "project" / "exruns"
    for root in ("root='own'", "root=__import__('pathlib').Path('own')"):
        written(script, SOURCE.replace("ROOT", root))
        assert started(script, cwd=elsewhere, env=env) == elsewhere / "own"


@pytest.mark.skipif(sys.platform == "win32", reason="modes do not bind there")
def test_in_the_working_folder_where_that_of_the_script_may_not_be_written(tmp_path: Path, elsewhere: Path) -> None:
    script = written(tmp_path / "project" / "main.py")
    command = [sys.executable, str(script)]
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("modes do not bind root, and there is no setpriv to give its rights up")
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]
    script.parent.chmod(0o555)
    try:
        answer = subprocess.run(command, cwd=elsewhere, capture_output=True, text=True)
    finally:
        script.parent.chmod(0o755)
    assert answer.stdout.strip() == str(elsewhere / "exruns"), answer.stderr


def test_a_working_folder_that_is_gone_is_no_matter_beside_a_script(script: Any, tmp_path: Path) -> None:
    source = "import os, tempfile\nd = tempfile.mkdtemp()\nos.chdir(d)\nos.rmdir(d)\n"
    answer = script(source + START)
    assert answer.stdout.strip() == str(tmp_path / "exruns"), answer.stderr


def test_a_working_folder_that_is_gone_is_one_clear_line_without_a_script(tmp_path: Path) -> None:
    source = "import os\nos.mkdir('d'); os.chdir('d'); os.rmdir('../d')\n" + START
    answer = subprocess.run([sys.executable, "-c", source], cwd=tmp_path, capture_output=True, text=True)
    assert answer.returncode == 1 and answer.stderr.count("\n") == 1 and "EXPARSE_ROOT" in answer.stderr
    tried = subprocess.run(
        [sys.executable, "-c", source],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "EXPARSE_RECORD": "try"},
    )
    assert "warning: not recorded" in tried.stderr


def test_no_home_and_no_path_are_no_matter(tmp_path: Path) -> None:
    script = written(tmp_path / "main.py")
    keep = {name: os.environ[name] for name in ("PYTHONPATH", "SYSTEMROOT") if name in os.environ}
    assert started(script, cwd=tmp_path, env=keep) == tmp_path / "exruns"


def test_a_script_in_a_folder_with_an_odd_name(odd_folder: Path) -> None:
    script = written(odd_folder / "main.py", START.replace("print(args.run.root)", "print(ascii(args.run.root))"))
    answer = subprocess.run([sys.executable, str(script)], cwd=odd_folder.parent, capture_output=True, text=True)
    assert answer.stdout.strip() == ascii(str(odd_folder / "exruns")), answer.stderr
    assert len(os.listdir(odd_folder / "exruns" / "index")) == 1


def test_an_argument_that_is_no_unicode_is_recorded(tmp_path: Path) -> None:
    script = written(tmp_path / "main.py", START.replace("args =", "parser.add_argument('x')\nargs ="))
    answer = subprocess.run(
        [os.fsencode(sys.executable), os.fsencode(script), b"\xff\xfe"], cwd=tmp_path, capture_output=True
    )
    assert answer.returncode == 0, answer.stderr
    (name,) = os.listdir(tmp_path / "exruns" / "runs")
    import json

    assert json.loads((tmp_path / "exruns" / "runs" / name / "metadata.json").read_text())["argv"] == ["\udcff\udcfe"]


def test_simpleroot_is_beside_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert simpleroot(tmp_path / "main.py") == tmp_path / "exruns"
    monkeypatch.chdir(tmp_path)
    assert simpleroot("main.py") == tmp_path / "exruns" and simpleroot("main.py").is_absolute()
    assert not (tmp_path / "exruns").exists()


def test_asking_for_the_place_makes_nothing(tmp_path: Path) -> None:
    assert place.resolve(tmp_path / "r") == str(tmp_path / "r") and place.resolve("r") == str(tmp_path / "r")
    assert not (tmp_path / "r").exists()
