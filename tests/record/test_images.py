"""Images of all kinds: the file shows what was given, and what is no picture is refused with the reason."""

from __future__ import annotations

import os
import re
import struct
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import make_run

from exparse.errors import ExparseError, InvalidName
from exparse.record import images
from exparse.record.live import LiveRun

sys.path.append(str(Path(__file__).parents[1] / "format"))
from test_png import decoded


@pytest.fixture
def run(root: Path) -> LiveRun:
    made = make_run(root, {"lr": 0.1}, state="running")
    return LiveRun(made.root, made.name, made.place)


GREY = np.array([[0, 128], [200, 255], [1, 2]], np.uint8)


def pixels(path: Path) -> tuple[int, int, int, list[int]]:
    width, height, channels, data = decoded(path.read_bytes())
    return width, height, channels, list(data)


def test_a_picture_lies_under_its_name_and_step(run: LiveRun) -> None:
    path = run.image("val/confusion", GREY, step=3)
    assert path == run.path / "images" / "val" / "confusion" / "3.png"
    assert pixels(path) == (2, 3, 1, [0, 128, 200, 255, 1, 2])
    assert run.images == {"val/confusion": [3]}


def test_without_a_step_the_next_free_one_is_taken(run: LiveRun) -> None:
    run.image("loss", GREY, step=7)
    assert [run.image("loss", GREY).name for _ in range(3)] == ["8.png", "9.png", "10.png"]
    assert run.image("other", GREY).name == "0.png"
    assert [name for name in os.listdir(run.path / "images" / "loss") if name.startswith(".")] == []


def test_the_same_step_again_replaces_the_picture(run: LiveRun) -> None:
    run.image("loss", GREY, step=1)
    path = run.image("loss", GREY[:1], step=np.int64(1))
    assert pixels(path)[:2] == (2, 1) and run.images == {"loss": [1]}


def test_threads_that_take_the_next_step_each_get_their_own(run: LiveRun) -> None:
    threads = [threading.Thread(target=run.image, args=("loss", GREY)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert run.images == {"loss": list(range(16))}


@given(st.integers(1, 6), st.integers(1, 6), st.sampled_from([None, 1, 3, 4]), st.integers(0, 2**32 - 1))
def test_floats_integers_and_bytes_of_one_picture_give_one_file(
    height: int, width: int, channels: int | None, seed: int
) -> None:
    shape = (height, width) if channels is None else (height, width, channels)
    picture = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    data = images.encoded(picture)
    assert decoded(data) == (width, height, channels or 1, picture.tobytes())
    for same in (
        picture / 255,
        (picture / 255).astype(np.float32),
        picture.astype(np.int64),
        np.asfortranarray(picture),
    ):
        assert images.encoded(same) == data
    assert images.encoded(picture[::-1]) == images.encoded(picture[::-1].copy())


def test_black_and_white_by_truth(run: LiveRun) -> None:
    assert pixels(run.image("mask", np.array([[True, False]])))[3] == [255, 0]


def test_lists_of_numbers_are_pictures_too(run: LiveRun) -> None:
    assert pixels(run.image("list", [[0.0, 0.5, 1.0]]))[3] == [0, 128, 255]


@pytest.mark.parametrize(
    ("picture", "told"),
    [
        (np.zeros((3, 20, 30)), "transpose"),
        (np.zeros(5), r"not \(5,\)"),
        (np.zeros((4, 4, 2)), r"not \(4, 4, 2\)"),
        (np.zeros((1, 2, 3, 4)), r"not \(1, 2, 3, 4\)"),
        (np.zeros(()), r"not \(\)"),
        (np.zeros((0, 4)), "without pixels"),
        (np.full((2, 2), 1.5), "1.5; floats in a picture lie in 0..1"),
        (np.full((2, 2), -0.5), "-0.5"),
        (np.full((2, 2), np.nan), "nan"),
        (np.full((2, 2), np.inf), "inf"),
        (np.full((2, 2), 256), "256; integers in a picture lie in 0..255"),
        (np.full((2, 2), -1), "-1"),
    ],
)
def test_shapes_and_values_that_are_no_pictures_are_refused(run: LiveRun, picture: object, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        run.image("bad", picture)
    assert not (run.path / "images").exists()


@pytest.mark.parametrize(
    "picture",
    [
        "loss.png",
        b"x",
        Path("loss.png"),
        None,
        pytest.param(object(), id="an object"),
        1j,
        np.array(["a"]),
        np.zeros((2, 2), complex),
        [[1], [2, 3]],
    ],
    ids=lambda value: re.sub(" at 0x[0-9a-f]+", "", repr(value)),
)
def test_what_is_no_picture_is_refused(run: LiveRun, picture: object) -> None:
    with pytest.raises(TypeError, match="picture"):
        run.image("bad", picture)
    assert not (run.path / "images").exists()


@pytest.mark.parametrize("step", [-1, 1.5, "1"])
def test_a_step_that_is_none_is_refused(run: LiveRun, step: object) -> None:
    with pytest.raises((TypeError, ValueError), match="step"):
        run.image("bad", GREY, step=step)  # type: ignore[arg-type]
    assert not (run.path / "images").exists()


@pytest.mark.parametrize(
    "name", ["", "..", "../x", "/etc/x", "a//b", "a/../b", ".hidden", "a/.b", "a\\b", "C:x", "a\0", "-rf", 5]
)
def test_a_name_that_leads_elsewhere_is_refused(run: LiveRun, name: object) -> None:
    with pytest.raises(InvalidName):
        run.image(name, GREY)  # type: ignore[arg-type]
    assert not (run.path / "images").exists()


def test_a_link_in_the_way_is_not_followed(run: LiveRun, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (run.path / "images").mkdir()
    (run.path / "images" / "loss").symlink_to(tmp_path / "outside")
    with pytest.raises(ExparseError, match="link"):
        run.image("loss", GREY, step=1)
    with pytest.raises(ExparseError, match="link"):
        run.image("loss", GREY)
    assert not list((tmp_path / "outside").iterdir())


def test_captions_are_kept_beside(run: LiveRun) -> None:
    run.image("loss", GREY, step=2, caption="after two")
    assert run.about.image_captions == {("loss", 2): "after two"}
    with pytest.raises(TypeError, match="caption"):
        run.image("loss", GREY, step=3, caption=3)  # type: ignore[arg-type]
    assert run.images == {"loss": [2]}


def test_a_disk_that_fails_is_one_warning(run: LiveRun, capsys: pytest.CaptureFixture[str]) -> None:
    import shutil

    shutil.rmtree(run.path)
    for _ in range(3):
        run.image("loss", GREY)
        run.image("loss", GREY, step=1)
    assert not run.path.exists()
    assert capsys.readouterr().err.count("exparse: warning: images of") == 1


class Figure:
    """What a figure of matplotlib is to us."""

    def savefig(self, file: object, format: str) -> None:
        file.write(images.encoded(GREY) if format == "png" else b"")  # type: ignore[attr-defined]


class Tensor:
    """What a tensor of torch is to us: numpy() works only after it is taken off its graph and its device."""

    def __init__(self, array: np.ndarray, is_free: bool = False, is_here: bool = False) -> None:
        self.array, self.is_free, self.is_here = array, is_free, is_here

    def detach(self) -> Tensor:
        return Tensor(self.array, True, self.is_here)

    def cpu(self) -> Tensor:
        return Tensor(self.array, self.is_free, True)

    def numpy(self) -> np.ndarray:
        if not (self.is_free and self.is_here):
            raise RuntimeError("it requires grad")
        return self.array


@pytest.mark.parametrize("picture", [Figure(), Tensor(GREY)], ids=["figure", "tensor"])
def test_figures_and_tensors_are_pictures(run: LiveRun, picture: object) -> None:
    assert pixels(run.image("shown", picture))[3] == GREY.ravel().tolist()


def test_real_figures_of_matplotlib_are_kept(run: LiveRun) -> None:
    figures = pytest.importorskip(
        "matplotlib.figure", reason="matplotlib is not installed here: no part of exparse needs it"
    )
    figure = figures.Figure(figsize=(1, 2), dpi=50)
    figure.add_subplot().plot([1, 2, 3])
    data = run.image("curve", figure).read_bytes()
    assert struct.unpack(">II", data[16:24]) == (50, 100)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "F", "I", "I;16"])
def test_real_images_of_pillow_are_kept(run: LiveRun, mode: str) -> None:
    pillow = pytest.importorskip("PIL.Image", reason="Pillow is not installed here: no part of exparse needs it")
    path = run.image("shown", pillow.new(mode, (5, 4)))
    with pillow.open(path) as found:
        found.load()
        assert (found.format, found.size) == ("PNG", (5, 4))
    for array in (GREY, np.dstack([GREY] * 3), np.dstack([GREY] * 4)):
        with pillow.open(run.image("array", array, step=1)) as found:
            assert np.array_equal(np.asarray(found), array)
