"""Secrets by name: a narrow rule, told by two tables."""

from __future__ import annotations

import pytest

from exparse.parse.secrets import NAME_HINTS
from exparse.record import names

SECRETS = """
password passwd passphrase secret db_password db-password mysql-passwd ssh_passphrase smtpPassword client_secret
client-secret webhook-secret apikey openai_apikey api_key api-key apiKey API_KEY openai_api_key OPENAI_API_KEY
anthropic-api-key wandb_api_key wandb-key access_key aws-access-key aws_secret_access_key secret_key django-secret-key
private_key private-key auth_key encryption_key signing-key account_key subscription-key auth_token use_auth_token
access_token api_token hf_token hub_token push_to_hub_token huggingface-token github_token gh-token gitlab_token
oauth_token bearer_token refresh_token session-token aws_session_token sas_token slack-token wandb-token jwt_token
replicate_token kaggle-token npm_token pypi-token personal-token secret_token accessToken authToken --api-key ++password
""".split()

# From the scripts of public repositories, and what people may come to name like them.
HARMLESS = """
cls_token use_cls_token mask_token pad_token bos_token eos_token sep_token unk_token additional_special_tokens
max_tokens max-new-tokens num_tokens token_dropout token-dropout tokenizer tokenizer_name tokenizer-path token_type
use_fast_tokenizer tokens_per_batch token_limit n_token token_merging tome_token_ratio image_token placeholder_token
trigger_token prompt_token special_token start_token end_token stop_token token_length token_emb secret_ratio
secret-length secret_sharing num_secrets password_length password-file password_file passwordless no_password_check
key keys key_dim key-frames sort_key primary_key label_key image_key text_key cache_key map_key foreign_key num_keys
qkv_bias kv_heads keypoints keyframe monkey turkey keyboard hockey api_key_file api_key_env api_version api_base
access access_log private privacy public_key ssh_key_path key_file keyfile auth auth_type author authority
pass passes num_passes pass_k passthrough bypass compass surpass passage user username seed lr learning_rate output_dir
batch_size epochs weight_decay warmup_steps dropout num_workers model_name config resume tokenize_chinese_chars
secretary encrypt signing_method session session_id account_id subscription hub_model_id hub_private_repo github_url
wandb_project wandb_entity slack_channel jwt_issuer csrf pin salt hash nonce credentials_file id_token_count
""".split()


def test_the_tables_are_large_enough() -> None:
    assert len(set(SECRETS)) >= 40 and len(set(HARMLESS)) >= 100


@pytest.mark.parametrize("name", SECRETS)
def test_a_name_of_a_secret_is_seen(name: str) -> None:
    assert names.says_secret(name)
    assert any(hint in name.lower() for hint in NAME_HINTS), "nobody would look at this name"


@pytest.mark.parametrize("name", [*HARMLESS, "token", "Token", "", "-", "__", "--"])
def test_a_name_of_something_else_is_not(name: str) -> None:
    assert not names.says_secret(name)


@pytest.mark.parametrize(("name", "just"), [("token", True), ("--token", True), ("tokens", False), ("a_token", False)])
def test_token_alone_is_told_apart(name: str, just: bool) -> None:
    assert names.is_just_token(name) is just


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("--openai-apiKey", ["openai", "api", "key"]),
        ("API_KEY", ["api", "key"]),
        ("a__b", ["a", "b"]),
        ("été_Clé", ["été", "clé"]),
        ("x2Y", ["x2y"]),
        ("", []),
    ],
)
def test_names_are_split_into_words(name: str, words: list[str]) -> None:
    assert names.words(name) == words
