"""Secrets by shape: what is found, what is left alone, and in which time."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exparse.record import shapes
from exparse.record.markers import may_hold

# Put together here, so that no scanner takes this file for a leak.
DIGITS = "0123456789"
MIXED = "aB3dE5gH7jK9mN1pQ3sT5vX7zA9cD1fG3hJ5"
HEADER, PAYLOAD = "eyJ" + "hbGciOiJIUzI1NiJ9", "eyJ" + "zdWIiOiIxMjM0NTY3ODkwIn0"
KEY = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEowIBAAKCAQEA7bq\nq83k\n-----END RSA " + "PRIVATE KEY-----"

WHOLE = [
    "ghp_" + MIXED,
    "gho_" + MIXED,
    "ghu_" + MIXED,
    "ghs_" + MIXED,
    "ghr_" + MIXED,
    "github_pat_" + MIXED[:22] + "_" + MIXED,
    "glpat-" + "xYz12-" + MIXED[:14],
    "sk-" + MIXED,
    "sk-proj-" + MIXED + "_" + MIXED,
    "sk-ant-api03-" + MIXED + "-" + MIXED,
    "sk_live_" + MIXED,
    "sk_test_" + MIXED,
    "rk_live_" + MIXED,
    "hf_" + "aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH",
    "hf_" + MIXED[:34],
    "AKIA" + "IOSFODNN7EXAMPLE",
    "ASIA" + "IOSFODNN7EXAMPLE",
    "AIza" + "SyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY",
    "xoxb-" + "123456789012-1234567890123-" + MIXED[:24],
    "xoxp-" + "123456789012-" + MIXED[:24],
    "xoxa-2-" + MIXED[:24],
    "xapp-1-A012-" + MIXED[:24],
    "npm_" + MIXED,
    "pypi-" + "AgEIcHlwaS5vcmcCJ" + MIXED,
    "dckr_pat_" + MIXED,
    "nvapi-" + MIXED * 2,
    "gsk_" + MIXED * 2,
    "r8_" + MIXED,
    f"{HEADER}.{PAYLOAD}." + "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
    KEY,
    KEY.replace("RSA ", ""),
    KEY.replace("RSA ", "OPENSSH "),
    KEY.replace("RSA ", "EC "),
    KEY.split("-----END")[0],
]


def secrets_in(text: str) -> list[str]:
    return [text[start:end] for start, end in shapes.spans(text)]


@pytest.mark.parametrize("token", WHOLE, ids=lambda token: token[:11])
@pytest.mark.parametrize("around", ["{}", "--token={}", "Bearer {}", '{{"key": "{}"}}', "a:{}:b", "x {} y\n"])
def test_a_token_is_found_whole_wherever_it_stands(token: str, around: str) -> None:
    text = around.format(token)
    if token.startswith("-----BEGIN") and "-----END" not in token:
        assert len(secrets_in(text)) == 1 and token in secrets_in(text)[0]
        return
    assert secrets_in(text) == [token] and may_hold(text)


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("https://user:hunter2@example.org/x", "hunter2"),
        ("postgresql+psycopg2://user:p4ss@localhost:5432/db", "p4ss"),
        ("redis://:s3cret@cache:6379/0", "s3cret"),
        ("mongodb+srv://u:a%40b@cluster0.example.net/?retryWrites=true", "a%40b"),
        ("amqp://guest:guest@mq", "guest"),
        ("https://u:p@ss@host/", "p@ss"),
        ("https://x-access-token:abc@github.com/me/it.git", "abc"),
        (f"https://{MIXED}@github.com/me/it.git", MIXED),
        ("https://host/x?token=" + MIXED + "&page=2", MIXED),
        ("https://host/x?page=2&access_token=abc#top", "abc"),
        ("https://host/x?api_key=short&x=1", "short"),
        ("https://host/cb#access_token=abc&state=1", "abc"),
        ("s3://bucket/x?X-Amz-Expires=60&X-Amz-Signature=" + "0a1b2c3d" * 8, "0a1b2c3d" * 8),
        ("https://acc.blob.net/c?sv=2022&sig=" + "aB3" * 10 + "%3D", "aB3" * 10 + "%3D"),
        ("wss://host/?apikey=1234", "1234"),
        ("before ftp://u:pw12@host after", "pw12"),
    ],
)
def test_only_the_secret_of_a_url_is_found(url: str, secret: str) -> None:
    assert secrets_in(url) == [secret] and may_hold(url)


def test_several_secrets_in_one_text_are_all_found_in_order() -> None:
    text = f"https://u:pw@h/?token={MIXED} then {WHOLE[0]} and https://a:bc@i"
    assert secrets_in(text) == ["pw", MIXED, WHOLE[0], "bc"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hf_hub_download",
        "hf_model",
        "hf_internal_testing_tiny_random_bert_for_sequences",
        "sk-learn",
        "sk-logistic-regression-baseline-with-long-name",
        "task-sk-" + "a1" * 20,
        "risk_" + MIXED,
        "ghp_short",
        "AKIAIOSFODNN7EXAMPL",
        "AKIAIOSFODNN7EXAMPLEX",
        "XAKIAIOSFODNN7EXAMPLE",
        "eyJustAWord.and.another",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIi",
        "xoxb-none",
        "-----BEGIN PUBLIC KEY-----\nMIIEowIBAAKCAQEA7bq\n-----END PUBLIC KEY-----",
        "-----BEGIN CERTIFICATE-----\nMIIEowIBAAKCAQEA7bq\n-----END CERTIFICATE-----",
        "https://example.org/path?page=2&sort=asc",
        "https://example.org/a:b@c",
        "https://example.org/?next=https://example.org/a:b@c",
        "ssh://git@github.com/me/it.git",
        "git@github.com:me/it.git",
        "git+https://github.com/me/it.git@v1.0#egg=it",
        "tcp://127.0.0.1:29500",
        "file:///data/x@y:z",
        "https://user@host/",
        "https://user:@host/",
        "https://user:******@host/",
        "https://user:${PASSWORD}@host/",
        "https://user:{password}@host/",
        "https://user:<password>@host/",
        "https://host/?token=abc",
        "https://host/?key=image_embeddings_large_v2",
        "https://host/?max_tokens=12345678901234567890ab",
        "https://host/?q=a=b=c",
        "s3://bucket/key=value/part-0001.parquet",
        "wandb://entity/project/run:v3",
        "550e8400-e29b-41d4-a716-446655440000",
        "d41d8cd98f00b204e9800998ecf8427e",
        "pypi-server",
        "npm_config_registry",
        "key=value token=abc",
    ],
)
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert secrets_in(text) == []


@given(st.text(alphabet="aB1-_=:/@?&.#eyJsk hf{}\n", max_size=60), st.sampled_from(WHOLE))
def test_spans_lie_in_the_text_in_order_and_a_token_between_spaces_is_always_covered(text: str, token: str) -> None:
    whole = f"{text} {token} "
    spans = shapes.spans(whole)
    assert all(0 <= start < end <= len(whole) for start, end in spans)
    assert all(before[1] <= after[0] for before, after in zip(spans, spans[1:], strict=False))
    at = len(text) + 1
    assert any(start <= at and at + len(token) <= end for start, end in spans)


def steps(text: str) -> int:
    """Return how many lines of the package a search goes through."""
    count = 0

    def trace(frame: Any, event: str, _: Any) -> Any:
        nonlocal count
        if "exparse" not in frame.f_code.co_filename:
            return None
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        shapes.spans(text)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize(
    "part",
    [
        "sk-",
        "sk-a",
        " sk-",
        "hf_" + "a" * 19 + ".",
        "eyJ",
        "eyJ.",
        " eyJaaaaaaaa.",
        "://",
        "://a@",
        "://a:",
        "?token=",
        "&token=token=",
        "://x?token=",
        "=",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN ",
        "AKIA",
        "-",
        "a",
    ],
)
def test_a_text_twice_as_long_takes_twice_as_many_steps(part: str) -> None:
    short, long = (steps("://" + part * count) for count in (400, 800))
    assert long <= 2.5 * short + 200
