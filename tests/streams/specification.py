r"""What a log holds of the bytes that were printed, said slowly and in one piece: the law that the logs are held to."""

from __future__ import annotations

from exparse.store.logs import left_out

# Small sizes, so that short texts reach every border.
HEAD, SEGMENT, LINE = 40, 12, 6


def lines_shown(data: bytes, longest: int) -> list[bytes]:
    r"""Return what a terminal shows, in pieces at which a file may end: lines, and parts of lines too long."""
    pieces, shown, returned = [], b"", False
    for number in range(len(data)):
        byte = data[number : number + 1]
        if byte == b"\n":
            pieces.append(shown + (b"\r\n" if returned else b"\n"))
            shown, returned = b"", False
        elif byte == b"\r":
            returned = True
        else:
            if returned:
                shown, returned = b"", False
            if len(shown) == longest:
                pieces.append(shown)
                shown = b""
            shown += byte
    return [*pieces, shown]


def collapsed(data: bytes) -> bytes:
    r"""Return what stays of text whose lines ``\r`` writes anew."""
    return b"".join(lines_shown(data, len(data) + 1))


def specified(data: bytes, head: int = HEAD, segment: int = SEGMENT, longest: int = LINE) -> bytes:
    files, size = [b""], head
    for piece in lines_shown(data, longest):
        if piece and len(files[-1]) >= size:
            files.append(b"")
            size = segment
        files[-1] += piece
    first, dropped, last = files[0], files[1:-2], files[max(len(files) - 2, 1) :]
    if dropped:
        gap = left_out(sum(map(len, dropped)))
        first += (b"" if first.endswith(b"\n") else b"\n") + gap
    return first + b"".join(last)


def masked(data: bytes, secrets: list[bytes]) -> bytes:
    out, at = b"", 0
    while at < len(data):
        found = max((s for s in secrets if data.startswith(s, at)), key=len, default=None)
        out += b"******" if found else data[at : at + 1]
        at += len(found) if found else 1
    return out
