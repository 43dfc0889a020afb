"""Whether a text is worth searching for secrets: cheap enough for all that the start of a script records."""

from __future__ import annotations

# Without any of these in a text there is nothing to be found, and what would look (shapes) is not even loaded.
MARKERS = (
    *("://", "hf_", "sk-", "sk_live_", "sk_test_", "rk_live_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
    *("glpat-", "AKIA", "ASIA", "AIza", "eyJ", "PRIVATE KEY", "xox", "xapp-", "npm_", "pypi-", "dckr_pat_", "nvapi-"),
    *("gsk_", "r8_"),
)


def may_hold(text: str) -> bool:
    """Return whether a text is worth looking at; as good as always it is not."""
    return any(marker in text for marker in MARKERS)
