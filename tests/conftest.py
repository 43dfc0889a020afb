"""What every test stands on: an empty, private world, and ways to run real scripts in it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator, Mapping
from importlib import metadata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

CHECKOUT = Path(__file__).resolve().parent.parent

# What decides where and whether exparse records, or what it says about the machine.
PRIVATE_PREFIXES = (
    "EXPARSE_",
    "XDG_",
    "GIT_",
    "SLURM_",
    "PMI_",
    "PMIX_",
    "OMPI_",
    "MV2_",
    "PBS_",
    "LSB_",
    "SGE_",
    "TORCHELASTIC_",
)
PRIVATE_NAMES = (
    "RANK",
    "LOCAL_RANK",
    "GROUP_RANK",
    "WORLD_RANK",
    "WORLD_SIZE",
    "LOCAL_WORLD_SIZE",
    "COLUMNS",
    "LINES",
    "NO_COLOR",
    "FORCE_COLOR",
    "PYTHONPATH",
    "PYTHONUNBUFFERED",
    "PYTHONSTARTUP",
    "PYTHONWARNINGS",
    "LANGUAGE",
)

# Folders that tools of the tests themselves, not the tests, write into.
TOOLS_OWN = {"__pycache__", ".pytest_cache", ".hypothesis", ".mypy_cache", ".ruff_cache"}

ODD_NAMES = {
    "space": "my runs",
    "quotes": 'it\'s "odd"',
    "unicode": "große Läufe – 日本",
    "newline": "two\nlines",
    "dollar": "$HOME & #1 %d {x}",
    "dash": "-n",
}

# A slow machine is no fault of what is tested.
settings.register_profile("search", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# The same examples each time, so that a change is judged by what it changes. New ones are found by
# pytest --hypothesis-profile=search, as often as one likes.
settings.register_profile("exparse", settings.get_profile("search"), derandomize=True)
settings.load_profile("exparse")

RunScript = Callable[..., "subprocess.CompletedProcess[str]"]


class WriteWatch:
    """Notes where this process writes while a test runs; an audit hook, since that one nobody goes around."""

    def __init__(self) -> None:
        self.active = False
        self.strays: list[str] = []
        self.temporary = Path(tempfile.gettempdir()).resolve()

    def __call__(self, event: str, details: tuple[object, ...]) -> None:
        """Take one audit event."""
        if not self.active:
            return
        if event == "open":
            path, mode, flags = details
            writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            if writes:
                self._note(event, path)
        elif event in ("os.mkdir", "os.remove", "os.rmdir", "os.truncate"):
            self._note(event, details[0])
        elif event in ("os.rename", "os.link", "os.symlink"):
            self._note(event, details[1])

    def _note(self, event: str, path: object) -> None:
        if not isinstance(path, (str, bytes, os.PathLike)):
            return
        # Without resolve(): it would follow the very link that is being written, and raise events of its own.
        place = Path(os.path.abspath(os.fsdecode(path)))
        if TOOLS_OWN.intersection(place.parts) or place.parts[:2] in (("/", "dev"), ("/", "proc")):
            return
        below_temporary = self.temporary in place.parents or Path(tempfile.gettempdir()) in place.parents
        if not below_temporary or CHECKOUT in place.parents:
            self.strays.append(f"{event} {place}")


# Under nohup, or in the background of a script, signals are ignored, and so they would be in all that tests start.
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)

WATCH = WriteWatch()
sys.addaudithook(WATCH)


@pytest.fixture(autouse=True)
def private_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give each test its own home and working folder, and fail one that writes elsewhere."""
    for name in list(os.environ):
        if name.startswith(PRIVATE_PREFIXES) or name in PRIVATE_NAMES:
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    if not _is_installed():
        monkeypatch.setenv("PYTHONPATH", str(CHECKOUT))
    monkeypatch.chdir(tmp_path)
    # A first stage of parsing is gone on with by the next parser of the process: each test is a process of its own.
    recording = sys.modules.get("exparse.parse.recording")
    if recording is not None:
        monkeypatch.setattr(recording, "_stage", None)
    # So is an order, and who runs the program.
    for name, fields in (
        ("order", {"_order": None, "_began": False, "_has_parsed": False}),
        ("runner", {"_runner": None}),
    ):
        module = sys.modules.get(f"exparse.record.{name}")
        for field, value in fields.items() if module is not None else ():
            monkeypatch.setattr(module, field, value)
    WATCH.strays.clear()
    WATCH.active = True
    yield
    WATCH.active = False
    assert not WATCH.strays, f"written outside the temporary folder: {WATCH.strays}"


def _is_installed() -> bool:
    try:
        metadata.distribution("exparse")
    except metadata.PackageNotFoundError:
        return False
    return True


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return where a root may be made; nothing is there yet."""
    return tmp_path / "exruns"


@pytest.fixture(params=ODD_NAMES.values(), ids=ODD_NAMES.keys())
def odd_folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Make a folder whose name breaks what is quoted, split or decoded carelessly."""
    folder = tmp_path / request.param
    folder.mkdir()
    return folder


@pytest.fixture
def script(tmp_path: Path) -> RunScript:
    """Return a function that writes a Python file and runs it in a process of its own.

    ``script(source, *argv, folder=tmp_path, name="main.py", env={}, python=(), **more)``: ``source`` is
    dedented; ``folder`` is where the file lies and the process works; ``env`` is laid over the environment,
    where ``None`` removes a variable; ``python`` are the interpreter's own options; ``more`` goes to
    :func:`subprocess.run`. Returns its ``CompletedProcess`` with text in ``stdout`` and ``stderr``; the exit
    code is for the test to judge.
    """

    def run(
        source: str,
        *argv: object,
        folder: Path = tmp_path,
        name: str = "main.py",
        env: Mapping[str, str | None] | None = None,
        python: tuple[str, ...] = (),
        **more: object,
    ) -> subprocess.CompletedProcess[str]:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(source), encoding="utf-8")
        laid = {**os.environ, **(env or {})}
        options: dict[str, object] = {
            "cwd": folder,
            "env": {key: value for key, value in laid.items() if value is not None},
            "stdin": None if "input" in more else subprocess.DEVNULL,
            "capture_output": True,
            "text": True,
            "encoding": "utf-8",
            "errors": "surrogateescape",
            "timeout": 120,
            **more,
        }
        if "input" in more:
            del options["stdin"]
        return subprocess.run([sys.executable, *python, str(file), *map(str, argv)], **options)  # type: ignore[call-overload,no-any-return]

    return run
