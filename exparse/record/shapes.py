"""Secrets by their shape: tokens whose issuers gave them a prefix, private keys, passwords in URLs.

Every search is linear in the text. What is found only where :func:`exparse.record.markers.may_hold` says that a
text is worth looking at has its marker there.
"""

from __future__ import annotations

from exparse.record import names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_ALNUM = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_UPPER = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_TOKEN = _ALNUM | frozenset("_-")
_JWT = _TOKEN | {"."}
# What a token of no known issuer may be made of: base64 and what people put between its parts.
_ANY_TOKEN = _TOKEN | frozenset(".+/=~%:")

# Prefix, and how many letters and digits in a row must come somewhere behind it (looks_random): words with dashes
# between (sk-logistic-regression, hf_hub_download) are no tokens.
_PREFIXES = {
    **dict.fromkeys(("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), 16),
    "github_pat_": 16,
    "glpat-": 6,
    "sk-": 16,
    **dict.fromkeys(("sk_live_", "sk_test_", "rk_live_"), 16),
    "hf_": 20,
    "AIza": 8,
    **dict.fromkeys(("xoxa-", "xoxb-", "xoxp-", "xoxr-", "xoxs-", "xapp-"), 8),
    "npm_": 30,
    "pypi-": 16,
    "dckr_pat_": 16,
    "nvapi-": 16,
    "gsk_": 30,
    "r8_": 30,
}
_AWS = ("AKIA", "ASIA")
_KEY_BEGINS, _KEY = "-----BEGIN ", "PRIVATE KEY"
_ENDS_AUTHORITY = frozenset("/?#\\ \t\r\n\"'<>`")
_ENDS_VALUE = frozenset("&#; \t\r\n\"'<>`")
_LONGEST_QUERY_NAME = 40
_SIGNED = frozenset(("token", "key", "sig", "signature", "auth", "jwt"))


def spans(text: str) -> list[tuple[int, int]]:
    """Return where secrets stand in a text, in order, none overlapping another."""
    found = sorted([*_prefixed(text), *_aws(text), *_jwts(text), *_private_keys(text), *_in_urls(text)])
    apart: list[tuple[int, int]] = []
    for start, end in found:
        if apart and start < apart[-1][1]:
            apart[-1] = apart[-1][0], max(end, apart[-1][1])
        else:
            apart.append((start, end))
    return apart


def _starts(text: str, marker: str) -> Iterator[int]:
    """Yield where a marker begins a word: at most once in each run of characters of a token."""
    at = text.find(marker)
    while at >= 0:
        if at == 0 or text[at - 1] not in _TOKEN:
            yield at
        at = text.find(marker, at + len(marker))


def _run(text: str, start: int, allowed: frozenset[str]) -> int:
    """Return where a run of allowed characters ends."""
    end = start
    while end < len(text) and text[end] in allowed:
        end += 1
    return end


def _prefixed(text: str) -> Iterator[tuple[int, int]]:
    for marker, least in _PREFIXES.items():
        if marker in text:
            for start in _starts(text, marker):
                end = _run(text, start, _TOKEN)
                if looks_random(text[start + len(marker) : end], least):
                    yield start, end


def _aws(text: str) -> Iterator[tuple[int, int]]:
    for marker in _AWS:
        for start in _starts(text, marker):
            end = _run(text, start, _UPPER)
            if end - start == 20 and (end == len(text) or text[end] not in _TOKEN):
                yield start, end


def _jwts(text: str) -> Iterator[tuple[int, int]]:
    last = 0
    for start in _starts(text, "eyJ"):
        if start < last:
            continue
        last = _run(text, start, _JWT)
        parts = text[start:last].split(".", 3)
        if len(parts) >= 3 and all(len(part) >= 8 for part in parts[:3]):
            yield start, start + len(".".join(parts[:3]))


def _private_keys(text: str) -> Iterator[tuple[int, int]]:
    end = 0
    while True:
        start = text.find(_KEY_BEGINS, end)
        if start < 0:
            return
        end = start + len(_KEY_BEGINS)
        if _KEY in text[end : end + 40]:
            closes = text.find("-----END ", end)
            stops = text.find("-----", closes + 9) if closes >= 0 else -1
            end = stops + 5 if stops >= 0 else len(text)
            yield start, end


def _in_urls(text: str) -> Iterator[tuple[int, int]]:
    at = text.find("://")
    if at >= 0:
        yield from _in_queries(text)
    while at >= 0:
        start = end = at + 3
        while end < len(text) and text[end] not in _ENDS_AUTHORITY:
            end += 1
        user, sign, _ = text[start:end].rpartition("@")
        name, colon, password = user.partition(":")
        if sign and colon and not _is_placeholder(password):
            yield start + len(name) + 1, start + len(user)
        elif sign and not colon and is_token(name):
            yield start, start + len(name)
        at = text.find("://", end)


def _in_queries(text: str) -> Iterator[tuple[int, int]]:
    at = text.find("=")
    while at >= 0:
        name = text[max(0, at - _LONGEST_QUERY_NAME) : at]
        cut = max(name.rfind(sign) for sign in "?&#;")
        # The sign itself must be there: without it this is no name of a query.
        name = name[cut + 1 :].lower() if cut >= 0 else ""
        end = at + 1
        if name:
            while end < len(text) and text[end] not in _ENDS_VALUE:
                end += 1
            value = text[at + 1 : end]
            signed = names.words(name)[-1:] and names.words(name)[-1] in _SIGNED and is_token(value)
            if value and (signed or (names.says_secret(name) and not _is_placeholder(value))):
                yield at + 1, end
        at = text.find("=", end)


def _is_placeholder(text: str) -> bool:
    """Return whether a text stands for a secret that is put there later."""
    return not text or text[0] in "${<" or not text.strip("*xX.")


def looks_random(text: str, least: int) -> bool:
    """Return whether letters and digits stand in a row as no words do: ``least`` with both kinds, or 20 of any."""
    start = 0
    while start < len(text):
        end = _run(text, start, _ALNUM)
        run = text[start:end]
        if len(run) >= max(least, 20):
            return True
        if len(run) >= least and not run.isalpha() and not run.isdigit():
            return True
        start = end + 1
    return False


def is_token(text: str) -> bool:
    """Return whether a text alone may be a token: 16 characters or more of base64 or the like, and no words."""
    return len(text) >= 16 and _ANY_TOKEN.issuperset(text) and looks_random(text, 12)
