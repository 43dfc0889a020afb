"""PNG, as far as a picture of plain pixels needs it (ISO/IEC 15948): no library for images is asked for."""

from __future__ import annotations

import struct
import zlib

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Colour type by number of channels: grey, RGB, RGB with alpha.
_COLOURS = {1: 0, 3: 2, 4: 6}
LARGEST_SIDE = (1 << 31) - 1


def encode(pixels: bytes, width: int, height: int, channels: int) -> bytes:
    """Return a PNG file of 8 bits a channel.

    Args:
        pixels: The channels of each pixel, row by row from the top, one byte each.
        width: Pixels in a row, at least 1.
        height: Rows, at least 1.
        channels: 1 (grey), 3 (red, green, blue) or 4 (with alpha, 255 is opaque).

    Raises:
        ValueError: If the sizes are others, or do not fit the pixels.
    """
    if channels not in _COLOURS or not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        raise ValueError(f"no picture has {height} rows of {width} pixels of {channels} channels")
    stride = width * channels
    if len(pixels) != stride * height:
        raise ValueError(f"{len(pixels)} bytes are not {height} rows of {stride}")
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOURS[channels], 0, 0, 0)
    # Each row begins with the number of its filter: 0, for none.
    rows = b"".join([b"\0" + pixels[start : start + stride] for start in range(0, len(pixels), stride)])
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b"")
    return _SIGNATURE + b"".join([_chunk(kind, data) for kind, data in chunks])


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
