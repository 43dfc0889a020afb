"""PNG: what is encoded is what a decoder of the standard finds."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exparse.format import png


def decoded(data: bytes) -> tuple[int, int, int, bytes]:
    """Return width, height, channels and pixels; a decoder of the standard's text, for filter 0 only."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    kinds, header, packed, at = [], b"", b"", 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length]) == (zlib.crc32(kind + body),)
        kinds.append(kind)
        header = body if kind == b"IHDR" else header
        packed += body if kind == b"IDAT" else b""
        at += 12 + length
    assert kinds[0] == b"IHDR" and kinds[-1] == b"IEND"
    width, height, bits, colour, *rest = struct.unpack(">IIBBBBB", header)
    assert bits == 8 and rest == [0, 0, 0]
    channels = {0: 1, 2: 3, 6: 4}[colour]
    rows, stride = zlib.decompress(packed), width * channels + 1
    assert len(rows) == stride * height and not any(rows[::stride])
    return width, height, channels, b"".join(rows[n : n + stride][1:] for n in range(0, len(rows), stride))


@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 3, 4]), st.randoms(use_true_random=False))
def test_pixels_come_back(width: int, height: int, channels: int, random: object) -> None:
    pixels = random.randbytes(width * height * channels)  # type: ignore[attr-defined]
    assert decoded(png.encode(pixels, width, height, channels)) == (width, height, channels, pixels)


@pytest.mark.parametrize("sizes", [(0, 1, 1), (1, 0, 3), (2, 2, 2), (2, 2, 3), (1 << 31, 1, 1)])
def test_sizes_that_fit_no_picture_are_refused(sizes: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="rows of"):
        png.encode(b"1234", *sizes)
