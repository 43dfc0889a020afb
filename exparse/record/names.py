"""Secrets by the name of their option: a narrow rule, since a param that is kept back is missed later."""

from __future__ import annotations

_LAST = frozenset(
    ("password", "passwd", "passphrase", "secret", "apikey", "secretkey", "privatekey", "accesstoken", "authtoken")
)
_KEYS = frozenset(
    ("api", "access", "secret", "private", "auth", "encryption", "signing", "account", "subscription", "wandb")
)
# Never cls_token, mask_token, pad_token, eos_token: what a token is of, is what tells.
_TOKENS = frozenset(
    (
        *("auth", "access", "api", "bearer", "refresh", "session", "security", "secret", "oauth", "oauth2", "sas"),
        *("personal", "jwt", "hf", "hub", "huggingface", "github", "gh", "gitlab", "wandb", "slack", "discord"),
        *("telegram", "replicate", "kaggle", "pypi", "npm"),
    )
)


def words(name: str) -> list[str]:
    """Return the words of a name in small letters: ``--openai-apiKey`` is openai, api, key."""
    parts: list[str] = []
    word, before = "", ""
    for char in name:
        if not char.isalnum() or (char.isupper() and before.islower()):
            parts.append(word)
            word = ""
        word += char.lower() if char.isalnum() else ""
        before = char
    return [part for part in (*parts, word) if part]


def says_secret(name: str) -> bool:
    """Return whether a name alone says that the value is a secret."""
    *before, last = words(name) or [""]
    if last in _LAST:
        return True
    return bool(before) and before[-1] in (_KEYS if last == "key" else _TOKENS if last == "token" else ())


def is_just_token(name: str) -> bool:
    """Return whether a name is ``token`` and no more: then the value has to look like one."""
    return words(name) == ["token"]
