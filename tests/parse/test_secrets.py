"""Secrets that nobody declared: which params are kept back, which never are, and where nothing is left of them."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path
from typing import Any

import duel
import pytest

from exparse import ExParser
from exparse.parse import secrets
from exparse.parse.level import Call, Level

MIXED = "aB3dE5gH7jK9mN1pQ3sT5vX7zA9cD1fG3hJ5"
GHP, HF, SK = "ghp_" + MIXED, "hf_" + MIXED[:34], "sk-" + MIXED
URL = "postgresql://ada:s3cr3tpw@db.example.org/runs"

# Option, value: as real scripts have them.
HARMLESS = """
--use_cls_token yes_please_by_all_means|--cls_token [CLS]|--mask_token <mask>|--pad_token <|endoftext|>
--bos_token <s>|--eos-token </s>|--sep_token [SEP]|--unk_token [UNK]|--max_tokens 4096|--max-new-tokens 256
--num_tokens 16|--token_dropout 0.1|--tokenizer bert-base-uncased-whole-word-masking-2024|--tokenizer_name t5-small
--tokenizer-path /data/tokenizers/multilingual2048abcdefgh|--token_type wordpiece|--tokens_per_batch 65536
--token_merging on|--image_token <image>|--placeholder_token my_concept_number_1_abcdefgh123456
--trigger_token sks|--prompt_token p|--stop_token ###|--token_emb sinusoidal|--secret_ratio 0.3|--secret-length 12
--num_secrets 4|--password_length 8|--password-file pw.txt|--key image|--keys image,label|--key_dim 64
--sort_key val_acc_top1|--label_key y|--image_key jpg|--cache_key v2|--primary_key id|--public_key id_rsa.pub
--key_file key.pem|--api_version 2024-06-01|--api_base http://localhost:8000/v1|--api_key_env OPENAI_API_KEY
--auth basic|--auth_type oauth|--author ada|--passes 3|--pass_k 10|--bypass no|--user ada|--seed 7|--lr 1e-4
--output_dir out/sk-experiment|--epochs 90|--model hf_hub_resnet50|--model_name sk-logistic-regression-baseline
--data s3://bucket/key=value/part-0001.parquet|--init_method tcp://127.0.0.1:29500|--dist-url env://
--remote git@github.com:ada/it.git|--url https://example.org/x?page=2&sort=asc|--hub_model_id ada/model
--wandb_project it|--run_name risk_aB3dE5gH7jK9mN1pQ3sT5vX7zA9cD1fG3hJ5|--sha d41d8cd98f00b204e9800998ecf8427e
--uuid 550e8400-e29b-41d4-a716-446655440000|--checkpoint pretrained/vit_base_patch16_224.augreg2_in21k_ft_in1k.pth
--token abc|--token my-model-name-2024-large|--token [MASK]|--password none|--api-key $OPENAI_API_KEY|--hf_token true
--secret auto|--access_token ${TOKEN}|--session_token_count 3|--id_token_type a|--private yes|--hash sha256|--salt 42
--masked_lm_prob 0.15|--task-sk-learn x|--eyJ a|--note this-is-a-long-note-about-nothing-in-particular-at-all
""".replace("\n", "|").strip("|")
HARMLESS_CASES = [case.split(" ", 1) for case in HARMLESS.split("|") if " " in case and case.startswith("--")]

SECRET_CASES = [
    ("--password", "hunter2"),
    ("--password", "correct horse battery"),
    ("--db-password", "swordfish"),
    ("--passwd", "123456789012"),
    ("--passphrase", "open sesame 1"),
    ("--secret", "abc123def"),
    ("--client-secret", MIXED),
    ("--api-key", "0123456789abcdef"),
    ("--api_key", "0123456789abcdef"),
    ("--apikey", "k3y-k3y"),
    ("--openai-api-key", "not-even-of-their-shape-1"),
    ("--wandb_key", "0123456789abcdef0123456789abcdef01234567"),
    ("--access-key", "MinioUser77"),
    ("--aws_secret_access_key", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    ("--secret-key", "minio-secret-1"),
    ("--private-key", "0xfeedbeef01"),
    ("--auth-token", "tok-1234"),
    ("--access_token", "tok-1234"),
    ("--hf_token", "tok-1234"),
    ("--hub_token", "tok-1234"),
    ("--push_to_hub_token", "tok-1234"),
    ("--github-token", "tok-1234"),
    ("--session-token", "tok-1234"),
    ("--token", MIXED),
    ("--token", "abcdefghijklmnopqrstuvwxyz"),
    ("--token", HF),
    ("--model", HF),
    ("--header", f"Authorization: Bearer {GHP}"),
    ("--note", f"used {SK} today"),
    ("--key", "AKIA" + "IOSFODNN7EXAMPLE"),
    ("--slack", "xoxb-" + "123456789012-1234567890123-" + MIXED[:24]),
    ("--jwt", "eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiIxMjM0NTY3ODkwIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV"),
    ("--gitlab", "glpat-" + MIXED[:20]),
    ("--db", URL),
    ("--broker", "amqp://guest:guest@mq"),
    ("--webhook", f"https://hooks.example.org/x?token={MIXED}"),
    ("--remote", f"https://{MIXED}@github.com/ada/it.git"),
    ("--pem", "-----BEGIN " + "PRIVATE KEY-----\nMIIEowIBAAKCAQEA7bqz0123\n-----END " + "PRIVATE KEY-----"),
]


def test_the_tables_are_as_large_as_they_should_be() -> None:
    assert len({option for option, _ in HARMLESS_CASES}) >= 60 and len(SECRET_CASES) >= 30


class Recording(duel.Silent):
    """Keeps what would be recorded."""

    kept: Any = None


@pytest.fixture(autouse=True)
def keeping(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the record that each parse makes."""
    from exparse.parse import collect

    make = collect.record

    def record(*asked: Any) -> Any:
        Recording.kept = make(*asked)
        return Recording.kept

    monkeypatch.setattr(collect, "record", record)


def parser_of(*options: str, **settings: Any) -> Recording:
    parser = Recording(record=False, prog="prog")
    for option in options:
        parser.add_argument(option, **settings)
    return parser


def record_of(parser: Recording, *argv: str) -> Any:
    parser.parse_args(list(argv))
    return parser.kept


def written(record: Any) -> str:
    """Return all that the record has written somewhere."""
    return record.params_text() + repr(record.facts["argv"]) + repr({**record.facts, "argv": None, "typed": None})


@pytest.mark.parametrize(("option", "value"), HARMLESS_CASES, ids=lambda text: text[:30])
def test_what_only_resembles_a_secret_is_recorded(option: str, value: str) -> None:
    record = record_of(parser_of(option), f"{option}={value}")
    (recorded,) = record.params.values()
    assert recorded == value and record.secrets == [] and record.facts["argv"] == [f"{option}={value}"]


@pytest.mark.parametrize(("option", "value"), SECRET_CASES, ids=lambda text: text[:30])
@pytest.mark.parametrize("form", ["two words", "one word"])
def test_a_secret_by_name_or_shape_is_in_nothing_that_is_written(option: str, value: str, form: str) -> None:
    argv = [option, value] if form == "two words" else [f"{option}={value}"]
    parser = parser_of(option, "--lr")
    record = record_of(parser, "--lr", "3", *argv)
    assert record.params == {"lr": "3"} and list(record.omitted) == [option.strip("-").replace("-", "_")]
    bare = value.removeprefix("postgresql://ada:").removesuffix("@db.example.org/runs")
    for part in (bare, MIXED, "guest:guest"):
        if part in value:
            assert part not in written(record)
    assert "******" in " ".join(record.facts["argv"]) and record.facts["argv"][:2] == ["--lr", "3"]


def test_of_a_url_all_but_the_password_is_told() -> None:
    record = record_of(parser_of("--db"), "--db", URL)
    told = "postgresql://ada:******@db.example.org/runs"
    assert record.facts["argv"] == ["--db", told] and record.omitted["db"].endswith(told)
    assert record.secrets == ["s3cr3tpw"] and f"# db: holds a secret, not recorded: {told}" in record.params_text()


@pytest.mark.parametrize(("option", "value"), SECRET_CASES, ids=lambda text: text[:30])
def test_what_is_said_to_be_no_secret_is_recorded(option: str, value: str) -> None:
    record = record_of(parser_of(option, secret=False), option, value)
    assert list(record.params.values()) == [value] and record.secrets == [] and record.facts["argv"] == [option, value]


def test_what_is_said_to_be_a_secret_stays_one_beside_what_is_none() -> None:
    parser = parser_of("--a", secret=False)
    parser.add_argument("--b", secret=True)
    record = record_of(parser, "--a", GHP, "--b", GHP)
    assert record.secrets == [GHP] and record.params == {"a": GHP} and "b" in record.omitted


@pytest.mark.parametrize(
    ("settings", "argv", "recorded"),
    [
        ({"type": int}, ["--password", "123456"], 123456),
        ({"type": float}, ["--password", "1.5"], 1.5),
        ({"type": lambda text: int(text) + 1}, ["--password", "41"], 42),
        ({"action": "store_true"}, ["--password"], True),
        ({"action": "store_const", "const": "a-constant-1"}, ["--password"], "a-constant-1"),
        ({"choices": ["interactive", "keyring"]}, ["--password", "interactive"], "interactive"),
        ({"default": "standard-1"}, [], "standard-1"),
        ({}, [], None),
        ({}, ["--password", ""], ""),
        ({"type": Path}, ["--password", "no/such/file1"], "no/such/file1"),
        ({"nargs": "*", "default": ["a-default-1"]}, [], ["a-default-1"]),
    ],
    ids=lambda value: re.sub(" at 0x[0-9a-f]+", "", str(value)),
)
def test_by_name_only_texts_that_somebody_gave_are_secrets(
    settings: dict[str, Any], argv: list[str], recorded: Any
) -> None:
    record = record_of(parser_of("--password", **settings), *argv)
    assert record.params == {"password": recorded} and record.secrets == []


def test_a_file_that_is_there_is_no_secret(tmp_path: Path) -> None:
    (tmp_path / "id_rsa").write_text("x")
    record = record_of(parser_of("--private-key"), "--private-key", "id_rsa")
    assert record.params == {"private_key": "id_rsa"}
    (tmp_path / "home" / "id_dsa").write_text("x")
    assert record_of(parser_of("--private-key"), "--private-key", "~/id_dsa").params == {"private_key": "~/id_dsa"}


def test_a_default_that_the_environment_gave_is_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_SERVICE", "from-the-environment-1")
    record = record_of(parser_of("--api-key", default=os.environ["MY_SERVICE"]))
    assert record.params == {} and record.secrets == ["from-the-environment-1"]
    assert "from-the-environment-1" not in written(record)


def test_a_default_of_a_secrets_shape_is_kept_back_also_where_another_value_is_given() -> None:
    record = record_of(parser_of("--hub", default=HF), "--hub", "public")
    assert record.params == {"hub": "public"} and record.secrets == [HF] and HF not in written(record)
    assert record_of(parser_of("--hub", default=HF)).params == {}


def test_a_value_that_a_setter_made_is_a_secret() -> None:
    parser = parser_of("--api-key", "--copy")
    parser.register_setter(lambda args: vars(args).update(api_key="fetched-secret-1", copy="Bearer fetched-secret-1"))
    record = record_of(parser)
    assert record.params == {} and record.secrets == ["fetched-secret-1"]


def test_a_saved_value_is_a_secret(tmp_path: Path) -> None:
    (tmp_path / "saved.yaml").write_text(f"api_key: from-a-file-1\nurl: {URL}\n")
    record = record_of(parser_of("--api-key", "--url"), "--config", "saved.yaml")
    assert record.params == {} and set(record.secrets) == {"from-a-file-1", "s3cr3tpw"}


def test_lists_dicts_bytes_and_types_of_the_users_are_looked_into() -> None:
    class Secret:
        def __init__(self, text: str) -> None:
            self.text = text

    assert record_of(parser_of("--api-key", nargs="+"), "--api-key", "first-1", "second-2").secrets == [
        "second-2",
        "first-1",
    ]
    assert record_of(parser_of("--password", type=str.encode), "--password", "bytes-of-1").secrets == ["bytes-of-1"]
    assert record_of(parser_of("--password", type=Secret), "--password", "wrapped-1").secrets == ["wrapped-1"]
    assert record_of(parser_of("--headers", type=lambda text: {"a": [text]}), "--headers", GHP).secrets == [GHP]
    assert record_of(parser_of("--path", type=Path), "--path", f"x/{GHP}").secrets == [GHP]


def test_another_name_of_the_option_counts_too() -> None:
    parser = parser_of()
    parser.add_argument("-p", "--password", dest="p")
    parser.add_argument("secret", nargs="?")
    record = record_of(parser, "-phunter2", "positional-1")
    assert record.params == {} and record.facts["argv"] == ["-p******", "******"]


@pytest.mark.parametrize("word", ["test", "root", "secret", "Admin", "123456", "pass"])
def test_an_everyday_word_is_masked_as_an_argument_and_nowhere_else(word: str) -> None:
    parser = parser_of("--password", "--split")
    record = record_of(parser, f"--password={word}", "--split", f"latest-{word}-set")
    assert record.secrets == [] and record.params == {"split": f"latest-{word}-set"}
    assert record.facts["argv"] == ["--password=******", "--split", f"latest-{word}-set"]
    assert record_of(parser, "--password", word).facts["argv"] == ["--password", "******"]


def test_a_password_of_a_url_that_is_an_everyday_word_masks_no_other_words() -> None:
    record = record_of(
        parser_of("--db", "--user"), "--db", "postgres://postgres:postgres@h/postgres", "--user=postgres"
    )
    assert record.params == {"user": "postgres"} and record.secrets == [":postgres@"]
    assert record.facts["argv"] == ["--db", "postgres://postgres:******@h/postgres", "--user=postgres"]


def test_what_no_parser_knew_is_masked_by_its_names() -> None:
    parser = parser_of("--x")
    given = [
        "--api-key",
        "for-the-next-1",
        "--password=hunter2",
        "--token",
        GHP,
        "--secret",
        "--x",
        "1",
        "--max_tokens",
        "9",
    ]
    parser.parse_known_args(given)
    masked = ["--api-key", "******", "--password=******", "--token", "******", "--secret"]
    assert parser.kept.facts["rest"] == [*masked, "--max_tokens", "9"]
    assert parser.kept.facts["argv"] == [*masked, "--x", "1", "--max_tokens", "9"]
    assert set(parser.kept.secrets) == {"for-the-next-1", "hunter2", GHP}


@pytest.mark.parametrize("password", ["hunter2", "test"])
def test_the_command_line_of_another_program_is_looked_into(password: str) -> None:
    parser = parser_of("--x")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    record = record_of(parser, "--x", "1", "serve", "--password", password, "--port", "80")
    assert record.params == {"x": "1"} and record.omitted == {"command": "holds a secret, not recorded"}
    assert record.facts["argv"] == ["--x", "1", "serve", "--password", "******", "--port", "80"]
    free = parser_of()
    free.add_argument("command", nargs=argparse.REMAINDER, secret=False)
    record = record_of(free, "serve", "--password", password)
    assert record.params == {"command": ["serve", "--password", password]} and record.facts["argv"][-1] == password
    record = record_of(parser, "serve", "--password", "--max_tokens", "9", "--tokenizer", "t5")
    assert record.params["command"] == ["serve", "--password", "--max_tokens", "9", "--tokenizer", "t5"]


def test_an_option_named_like_a_password_is_no_password() -> None:
    parser = parser_of("--password", "--test")
    argv = ["--test", "1", "--password", "test"]
    assert record_of(parser, *argv).facts["argv"] == ["--test", "1", "--password", "******"]


def test_the_secrets_of_a_sub_command_are_found() -> None:
    parser = parser_of()
    sub = parser.add_subparsers(dest="c").add_parser("sub")
    sub.add_argument("--password")
    record = record_of(parser, "sub", "--password", "hunter2")
    assert record.params == {"c": "sub"} and record.secrets == ["hunter2"]


def test_the_lines_of_a_key_are_secrets_one_by_one() -> None:
    line = "MIIEowIBAAKCAQEA7bqz0123"
    key = f"-----BEGIN RSA PRIVATE KEY-----\n{line}\nend=\n-----END RSA PRIVATE KEY-----"
    record = record_of(parser_of("--pem"), "--pem", key)
    assert record.secrets[0] == key and line in record.secrets and "end=" not in record.secrets


@pytest.mark.parametrize("declared", [True, None])
def test_a_secret_of_the_first_parser_stays_one_in_the_namespace_of_the_second(script: Any, declared: Any) -> None:
    source = f"""
        from exparse import ExParser
        first = ExParser()
        first.add_argument("--api-key", secret={declared})
        args, rest = first.parse_known_args()
        second = ExParser()
        second.add_argument("--b")
        args = second.parse_args(rest, args)
        print(args.api_key, args.run.params, args.run.metadata["argv"])
        print((args.run / "params.yaml").read_text() + (args.run / "metadata.json").read_text())
    """
    answer = script(source, "--api-key", "of-the-first-1", "--b", "Bearer of-the-first-1")
    told, *files = answer.stdout.splitlines()
    assert told == "of-the-first-1 {} ['--api-key', '******', '--b', 'Bearer ******']", answer.stderr
    assert "of-the-first-1" not in "".join(files)


class Odd:
    """A value that fails in every way when it is looked at."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("eq")

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize("option", ["--password", "--x"])
def test_no_value_can_make_the_search_fail(option: str) -> None:
    recursive: list[Any] = []
    recursive.append(recursive)
    for value in (Odd(), recursive, {"a": recursive}, [0] * 200_000, b"\xff", "\udcff", object, float("nan")):
        parser = parser_of(option, "--url", type=lambda text, value=value: value)
        parser.set_defaults(other=value)
        ended = duel.outcome(lambda parser=parser: parser.parse_args([option, "a-b-c-1", "--url", "a"]).url is None)
        assert ended[:2] == ("value", ("bool", "False")), ended


def test_an_argument_that_is_no_unicode_is_masked_and_harms_nothing() -> None:
    record = record_of(parser_of("--password"), "--password", "p\udcffss-1")
    assert record.facts["argv"] == ["--password", "******"]


def test_an_ordinary_script_loads_nothing_to_look_for_secrets(script: Any) -> None:
    source = """
        import sys
        from exparse import ExParser
        parser = ExParser(record=False)
        parser.add_argument("--lr", type=float, default=0.1)
        parser.add_argument("--weights", default="imagenet")
        parser.parse_args()
        print([name for name in ("names", "shapes") if f"exparse.parse.{name}" in sys.modules])
    """
    assert script(source, "--lr", "0.5").stdout == "[]\n"


def test_a_secret_by_shape_or_name_reaches_the_program_and_no_file(script: Any, tmp_path: Path) -> None:
    source = """
        import sys
        from exparse import ExParser
        parser = ExParser()
        parser.add_argument("--api-key")
        parser.add_argument("--db")
        args = parser.parse_args()
        print(args.api_key, args.db)
        raise RuntimeError(f"no luck with {args.api_key} at {args.db}")
    """
    answer = script(source, "--api-key", "hunter2-of-old", "--db", URL, "--description", f"with {GHP}")
    assert answer.stdout == f"hunter2-of-old {URL}\n"
    assert (tmp_path / "exruns" / "runs").exists()
    for at, _, files in os.walk(tmp_path / "exruns"):
        for name in files:
            text = Path(at, name).read_text(encoding="utf-8", errors="replace")
            found = [part for part in ("hunter2-of-old", "s3cr3tpw", GHP) if part in text]
            assert not found, f"{at}/{name} holds {found}"


def test_a_search_by_hand_says_what_was_found() -> None:
    parser = argparse.ArgumentParser()
    action = parser.add_argument("--api-key")
    level = Level(parser)
    level.give(Call(action, ["by-hand-1"], "by-hand-1"))
    hidden = secrets.find([level], {"api_key": "by-hand-1"}, set(), [["--api-key", "by-hand-1"], []])
    assert hidden.texts == ["by-hand-1"] and list(hidden.params) == ["api_key"]
    assert hidden.masked_text("in a text: by-hand-1.") == "in a text: ******."


def test_flags_of_plain_parsers_are_set_on_their_actions() -> None:
    parser = ExParser(record=False)
    assert not hasattr(parser.add_argument("--a", secret=None), "secret")
    assert parser.add_argument("--b", secret=False).secret is False  # type: ignore[attr-defined]
