"""Digests of bytes, by the small modules that ``hashlib`` falls back on: OpenSSL takes 5 ms to load."""

from __future__ import annotations


def sha1(data: bytes) -> str:
    """Return the SHA-1 of bytes in hexadecimal, as git names them."""
    try:
        from _sha1 import sha1  # type: ignore[import-not-found]
    except ImportError:
        import hashlib

        return hashlib.sha1(data, usedforsecurity=False).hexdigest()
    return str(sha1(data).hexdigest())


def sha256(data: bytes) -> str:
    """Return the SHA-256 of bytes in hexadecimal."""
    try:
        from _sha2 import sha256  # type: ignore[import-not-found]
    except ImportError:
        pass  # Python 3.12 gave it this name
    else:
        return str(sha256(data).hexdigest())
    try:
        from _sha256 import sha256  # type: ignore[import-not-found]
    except ImportError:
        from hashlib import sha256
    return str(sha256(data).hexdigest())
