"""Files that hold keys and passwords by convention: never part of what is kept of untracked code.

What is committed is in everybody's hands already; what lies beside it under one of these names was never meant to be.
"""

from __future__ import annotations

_NAMES = frozenset(
    (
        *(
            b".env",
            b".envrc",
            b".netrc",
            b"_netrc",
            b".pypirc",
            b".npmrc",
            b".pgpass",
            b".git-credentials",
            b".htpasswd",
        ),
        *(b"id_rsa", b"id_dsa", b"id_ecdsa", b"id_ed25519", b"credentials.json", b"kaggle.json", b"secrets.yaml"),
        *(b"secrets.yml", b"secrets.json", b"secrets.toml"),
    )
)
_ENDINGS = (b".pem", b".key", b".p12", b".pfx", b".jks", b".keystore", b".kdbx", b".ppk")
_SAMPLES = (b".example", b".sample", b".template", b".dist")


def is_one(path: bytes) -> bool:
    """Return whether a file is one of these by its name; ``.env.local`` is, ``.env.example`` is none."""
    name = path.rpartition(b"/")[2].lower()
    if name.endswith(_SAMPLES):
        return False
    return name in _NAMES or name.endswith(_ENDINGS) or name.startswith(b".env.")
