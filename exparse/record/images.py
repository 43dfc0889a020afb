"""Pictures of all kinds, kept as ``images/<name>/<step>.png``."""

from __future__ import annotations

import os

from exparse.format import png
from exparse.record import about, inside, trouble
from exparse.store import files, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from exparse.record.writing import Writing

# What Pillow writes as PNG without losing anything; and what numpy is asked to look at, for it is not to be clipped.
_PNG_MODES = frozenset(("1", "L", "LA", "I;16", "P", "RGB", "RGBA"))
_NUMBER_MODES = frozenset(("F", "I"))
_EXPECTED = "a picture has the shape (height, width), (height, width, 3) or (height, width, 4)"


def keep(run: Writing, name: str, picture: Any, step: Any, caption: str | None) -> Path:
    """Write a picture into a run (:meth:`exparse.record.writing.Writing.image`) and return its path.

    Raises:
        TypeError: If the picture is none, or the step is no whole number.
        ValueError: If shape, values or step are out of range.
        InvalidName: If the name may not become a path.
    """
    from pathlib import Path

    layout.check_path(name, "the image")
    about.check_caption(caption)
    number = None if step is None else _checked(step)
    data = encoded(picture)
    folder = run.folder
    path = f"{folder}/{layout.IMAGES}/{name}/{number or 0}.png"
    try:
        if number is None:
            number, path = _written_next(folder, name, data)
        else:
            path = inside.place(folder, layout.IMAGES, f"{name}/{number}.png")
            files.replace_bytes(path, data)
    except OSError as problem:
        trouble.tell(folder, "images", problem)
    else:
        about.quietly(
            run, "captions", about.caption, run, {"image": name, "step": number}, run.without_secrets(caption)
        )
    return Path(path)


def _checked(step: Any) -> int:
    from exparse.format.metrics import step_text

    step_text(step)
    if step < 0:
        raise ValueError(f"the step of an image is 0 or more, not {step}")
    return int(step)


def _written_next(folder: str, name: str, data: bytes) -> tuple[int, str]:
    """Write a picture under the next free number, which only one of several processes gets."""
    above = os.path.dirname(inside.place(folder, layout.IMAGES, f"{name}/0.png"))
    beside = files.draft(f"{above}/next.png")
    try:
        files.write_new_bytes(beside, data)
        number = _next(above)
        while not _claimed(beside, f"{above}/{number}.png"):
            number += 1
    finally:
        files.remove_quietly(beside)
    return number, f"{above}/{number}.png"


def _next(folder: str) -> int:
    stems = [os.path.splitext(name)[0] for name in os.listdir(folder)]
    return 1 + max((int(stem) for stem in stems if stem.isascii() and stem.isdecimal()), default=-1)


def _claimed(beside: str, path: str) -> bool:
    try:
        os.link(beside, path)
    except FileExistsError:
        return False
    except OSError:
        # A file system without hard links: then a name that is free is as good as claimed.
        if os.path.lexists(path):
            return False
        os.rename(beside, path)
    return True


def encoded(picture: Any) -> bytes:
    """Return a picture as a PNG file.

    Args:
        picture: See :meth:`exparse.record.writing.Writing.image`.

    Raises:
        TypeError: If it is no picture.
        ValueError: If its shape or its values are no picture's.
    """
    if hasattr(picture, "savefig"):
        return _saved(picture.savefig, format="png")
    if _is_of_pillow(picture) and picture.mode not in _NUMBER_MODES:
        shown = picture if picture.mode in _PNG_MODES else picture.convert("RGB")
        return _saved(shown.save, format="PNG")
    import numpy as np

    if hasattr(picture, "detach"):
        # A tensor of torch: perhaps with a gradient, perhaps on another device.
        picture = picture.detach().cpu().numpy()
    if isinstance(picture, (str, bytes, os.PathLike)):
        raise TypeError("a picture is expected, not a path: keep a file with run.file(path), or open it with Pillow")
    try:
        array = np.asarray(picture)
    except (TypeError, ValueError):
        array = np.asarray(None)
    if array.dtype.kind not in "buif":
        raise TypeError(
            f"a {type(picture).__name__} is no picture: "
            "a numpy array, a Pillow image or a matplotlib figure is expected"
        )
    return _of_array(array)


def _is_of_pillow(picture: Any) -> bool:
    return any(kind.__module__.partition(".")[0] == "PIL" for kind in type(picture).__mro__)


def _saved(save: Any, **how: str) -> bytes:
    import io

    data = io.BytesIO()
    save(data, **how)
    return data.getvalue()


def _of_array(array: Any) -> bytes:
    shape = array.shape
    if array.ndim == 3 and shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and shape[2] not in (3, 4)):
        turn = " Channels come last here: transpose(1, 2, 0), in torch permute(1, 2, 0)" if _is_turned(shape) else ""
        raise ValueError(f"{_EXPECTED}, not {tuple(shape)}.{turn}")
    if 0 in shape:
        raise ValueError(f"a picture without pixels: its shape is {tuple(shape)}")
    pixels = _bytes_of(array)
    channels = 1 if array.ndim == 2 else shape[2]
    return png.encode(pixels.tobytes(), shape[1], shape[0], channels)


def _is_turned(shape: tuple[int, ...]) -> bool:
    return len(shape) == 3 and shape[0] in (1, 3, 4)


def _bytes_of(array: Any) -> Any:
    """Return the values as bytes, 0 to 255."""
    if array.dtype == "uint8":
        return array
    if array.dtype.kind == "b":
        return array.astype("uint8") * 255
    most = 1 if array.dtype.kind == "f" else 255
    low, high = array.min(), array.max()
    # A value that is not a number fails both comparisons.
    if not (low >= 0 and high <= most):
        kind = "floats" if most == 1 else "integers"
        raise ValueError(
            f"the values go from {low} to {high}; {kind} in a picture lie in 0..{most}: scale them, or clip(0, {most})"
        )
    return (array.astype("float64") * 255 + 0.5).astype("uint8") if most == 1 else array.astype("uint8")
