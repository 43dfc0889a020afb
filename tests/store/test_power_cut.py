"""What survives a power cut: an image of the file system, copied at an instant, is what a cut would leave."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from making import soon

from exparse import Root

CAN_MOUNT = sys.platform == "linux" and hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("mkfs.ext4")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CAN_MOUNT, reason="mounting an image of a file system needs Linux and root"),
]

SCRIPT = """
import time
from exparse import ExParser
parser = ExParser()
parser.add_argument("--cut", type=int)
parser.parse_args()
print("ready", flush=True)
time.sleep(60)
"""


def mounted(image: Path, folder: Path) -> None:
    done = subprocess.run(["mount", "-o", "loop", str(image), str(folder)], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"this machine mounts no images: {done.stderr.strip()}")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small ext4 of its own, with the script on it."""
    image, folder = tmp_path / "image", tmp_path / "disk"
    folder.mkdir()
    with open(image, "wb") as stream:
        stream.truncate(32 << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True)
    mounted(image, folder)
    try:
        (folder / "main.py").write_text(SCRIPT)
        os.sync()
        yield folder
    finally:
        # What is found beside a run that was killed is still being written.
        until = soon()
        while subprocess.run(["umount", str(folder)]).returncode and time.monotonic() < until:
            time.sleep(0.05)


@pytest.mark.parametrize("seconds", [0, 0.0005, 0.001, 0.003, 0.01, 1.0])
def test_a_cut_leaves_a_run_whole_or_not_at_all_and_whole_after_a_second(
    seconds: float, disk: Path, tmp_path: Path
) -> None:
    copy, seen = tmp_path / "copy", tmp_path / "seen"
    seen.mkdir()
    for cut in range(2):
        process = subprocess.Popen([sys.executable, disk / "main.py", f"--cut={cut}"], stdout=subprocess.PIPE)
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        time.sleep(seconds)
        subprocess.run(["cp", "--sparse=always", tmp_path / "image", copy], check=True)
        process.kill()
        process.communicate()
        mounted(copy, seen)
        try:
            runs = list(Root(seen / "exruns"))
            assert [run.problem for run in runs if run.problem] == []
            kept = [run for run in runs if run.params["cut"] == cut]
            assert len(kept) == 1 or seconds < 1
        finally:
            subprocess.run(["umount", str(seen)], check=True)
