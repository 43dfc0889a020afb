"""What a machine is made of, from files that drivers leave."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from exparse.code.machine import Machine, memory, parse_nvidia_smi


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_cards_of_both_makers_are_named(tmp_path: Path) -> None:
    put(tmp_path / "proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: \t\t NVIDIA A100\nIRQ: 5\n")
    put(tmp_path / "proc/driver/nvidia/gpus/0000:02:00.0/information", "")
    put(tmp_path / "proc/cpuinfo", "processor\t: 0\nmodel name\t: AMD EPYC 7B13\n")
    put(tmp_path / "sys/class/drm/card0/device/vendor", "0x1002\n")
    put(tmp_path / "sys/class/drm/card0/device/device", "0x740f\n")
    put(tmp_path / "sys/class/drm/card1/device/vendor", "0x8086\n")
    put(tmp_path / "sys/class/drm/card0-DP-1/device/vendor", "0x1002\n")
    put(tmp_path / "sys/class/drm/card2/device/vendor", "0x1002\n")
    put(tmp_path / "sys/class/drm/card2/device/product_name", "Instinct MI210\n")
    told = Machine(str(tmp_path / "proc"), str(tmp_path / "sys")).facts(time.monotonic() + 5)
    assert told["gpus"] == ["NVIDIA A100", "NVIDIA GPU", "AMD GPU 0x740f", "Instinct MI210"]
    assert told["cpu"] == "AMD EPYC 7B13"


def test_a_machine_that_tells_nothing_has_no_cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    told = Machine(str(tmp_path), str(tmp_path)).facts(time.monotonic() + 5)
    assert told == {"cpu": None, "memory": memory(), "gpus": []}
    assert memory() is None or memory() > 1 << 20  # type: ignore[operator]


@pytest.mark.parametrize(
    ("text", "gpus"),
    [
        ("echo 'GPU 0: Tesla T4 (UUID: GPU-1)'; echo 'GPU 1: Tesla V100'", ["Tesla T4", "Tesla V100"]),
        ("echo 'NVIDIA-SMI has failed'; exit 9", []),
        ("exec sleep 60", []),
    ],
)
def test_the_drivers_own_program_is_asked_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, gpus: list[str]
) -> None:
    put(tmp_path / "bin/nvidia-smi", f"#!/bin/sh\n{text}\n")
    (tmp_path / "bin/nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    assert Machine(str(tmp_path), str(tmp_path)).facts(time.monotonic() + 2)["gpus"] == gpus


def test_other_lines_of_the_program_are_no_cards() -> None:
    assert parse_nvidia_smi(b"  MIG 1g.5gb Device 0: (UUID: MIG-1)\nGPU 0: A (b) (UUID: GPU-1)\n\xff\n") == ["A (b)"]
