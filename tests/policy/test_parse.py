"""A policy file is read whole or refused, with the key and what is allowed."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar import Limits, Policy, PolicyError, parse_policy
from layertar.codec.sniff import Compression
from layertar.fault import Severity
from layertar.policy.keys import COMPRESSIONS, KEYS, LEVELS, LIMITS
from layertar.policy.model import NO_POLICY

NEEDED = 'rule = "a"\nreason = "b"\nmember = "c"\n'


def parsed(text: str) -> Policy:
    return parse_policy(text.encode(), "some.toml")


def example(name: str, line: str) -> str:
    """The shortest file that has a key."""
    table, _, _ = name.rpartition(".")
    if table == "ignore[]":
        own = line.partition(" ")[0]
        needed = [each for each in NEEDED.splitlines() if not each.startswith(f"{own} ")]
        return "\n".join(["[[ignore]]", *needed, line])
    return f"[{table}]\n{line}" if table else line


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_every_key_is_understood_as_its_example_has_it(key: Any) -> None:
    policy = parsed(example(key.name, key.example))
    assert policy != Policy(source="some.toml")
    assert policy.source == "some.toml"


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_every_key_refuses_a_value_of_another_type(key: Any) -> None:
    wrong = f"{key.example.split(' = ')[0]} = 1.5"
    with pytest.raises(PolicyError) as caught:
        parsed(example(key.name, wrong))
    assert caught.value.source == "some.toml"
    assert caught.value.key.split("[")[0].split(".")[0] == key.name.split("[")[0].split(".")[0]
    assert "1.5" in caught.value.reason


@pytest.mark.parametrize("table", ["", "[limits]", "[require]", "[allow]", "[budget]"])
def test_a_key_that_does_not_exist_is_refused_and_those_that_do_are_named(table: str) -> None:
    with pytest.raises(PolicyError, match="there is no such key") as caught:
        parsed(f"{table}\nzzz = 1")
    prefix = f"{table.strip('[]')}." if table else ""
    assert caught.value.key == f"{prefix}zzz"
    names = [key.name.removeprefix(prefix) for key in KEYS if key.name.startswith(prefix)]
    for name in names:
        assert name.split(".")[0].split("[")[0] in caught.value.reason


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        ("forbit = []", "forbit", "did you mean forbid?"),
        ('forbid = ["user-rot"]', "forbid[0]", "did you mean user-root?"),
        ('[severity]\na = "warn"', "severity.a", "did you mean warning?"),
        ("[budget]\nmax-sise = 1", "budget.max-sise", "did you mean max-size?"),
        ('[budget]\nmax-size = "1 furlong"', "budget.max-size", "is no size"),
        ("[budget]\nmax-size = -1", "budget.max-size", "a whole number from 0"),
        ("[budget]\nmax-layers = true", "budget.max-layers", "a whole number"),
        ('[budget]\nmax-created-age = "1y"', "budget.max-created-age", "is no age"),
        ("[limits]\nmembers = 0", "limits.members", "a whole number from 1"),
        ("[limits]\nindex-depth = 65", "limits.index-depth", "from 1 to 64"),
        ('[allow]\nplatforms = ["linux"]', "allow.platforms[0]", "OS/ARCH"),
        ('[allow]\ncompressions = ["gzib"]', "allow.compressions[0]", "did you mean gzip?"),
        ('[require]\nlabels = ["=a"]', "require.labels[0]", "KEY=GLOB"),
        ('[require]\nlabels = [""]', "require.labels[0]", "empty"),
        ("[ignore]", "ignore", "a list"),
        ('[[ignore]]\nrule = "a"\nmember = "b"', "ignore[0]", "reason is missing"),
        ('[[ignore]]\nreason = "a"\nmember = "b"', "ignore[0]", "rule is missing"),
        ('[[ignore]]\nrule = "a"\nreason = "b"', "ignore[0]", "digest and member are missing"),
        (f"[[ignore]]\n{NEEDED}[[ignore]]\nrul = 1", "ignore[1].rul", "did you mean rule?"),
        (f'[[ignore]]\n{NEEDED}until = "2026-12-31"', "ignore[0].until", "without quotes"),
        (f"[[ignore]]\n{NEEDED}until = 2026-12-31T00:00:00Z", "ignore[0].until", "a day"),
        (f'[[ignore]]\n{NEEDED}digest = "sha256:a"', "ignore[0].digest", "no digest"),
        (f'[[ignore]]\n{NEEDED}reason = " "', "", "no TOML"),
        ("a", "", "no TOML"),
        ("a = " + "[" * 100_000, "", "nested too deeply"),
    ],
)
def test_what_is_wrong_is_told_with_the_key_and_what_is_allowed(
    text: str, key: str, reason: str
) -> None:
    with pytest.raises(PolicyError) as caught:
        parsed(text)
    assert caught.value.key == key
    assert reason in caught.value.reason
    assert str(caught.value).startswith("some.toml: ")
    assert isinstance(caught.value, ValueError)


def test_what_is_no_utf8_is_refused() -> None:
    with pytest.raises(PolicyError, match="not UTF-8 at byte 5"):
        parse_policy(b"a = '\xff'", "some.toml")


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_a_policy_or_refused(raw: bytes) -> None:
    try:
        tomllib.loads(raw.decode("utf-8-sig"))
    except ValueError:
        with pytest.raises(PolicyError):
            parse_policy(raw, "some.toml")
    else:
        with suppress(PolicyError):
            assert parse_policy(raw, "some.toml").source == "some.toml"


def test_a_table_of_another_file_is_read_and_one_that_is_not_there_requires_nothing() -> None:
    raw = b'[tool.layertar]\nforbid = ["user-root"]\n[tool.other]\nx = 1'
    assert parse_policy(raw, "p", table=("tool", "layertar")).forbid == {"user-root"}
    assert parse_policy(raw, "p", table=("tool", "layer")) is NO_POLICY
    with pytest.raises(PolicyError, match="no table"):
        parse_policy(b"tool.layertar = 1", "p", table=("tool", "layertar"))


def test_an_empty_file_requires_nothing() -> None:
    assert parsed("") == Policy(source="some.toml")
    assert not parsed("").needs_now


def test_levels_are_those_of_the_command_line() -> None:
    policy = parsed("[severity]\n" + "\n".join(f'r{n} = "{w}"' for n, w in enumerate(LEVELS)))
    assert list(policy.severities.values()) == [
        *(Severity.ERROR, Severity.WARNING, Severity.NOTE),
        None,
    ]


def test_the_compressions_are_all_that_layers_are_known_to_have() -> None:
    assert set(COMPRESSIONS) == {compression.value for compression in Compression}


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_becomes_a_bound_and_no_other_changes(name: str) -> None:
    limit = LIMITS[name]
    number = max(limit.least, 1 << 10 if limit.is_size else 7)
    bounds = parsed(f"[limits]\n{name} = {number}").bounds(Limits())
    assert getattr(bounds, limit.field) == number
    for field in set(Limits.__slots__) - {limit.field, "uncompressed_total"}:
        assert getattr(bounds, field) == getattr(Limits(), field)


@pytest.mark.parametrize("least", [limit for limit in LIMITS.values() if limit.least])
def test_only_what_may_be_without_bound_may_be_nothing(least: Any) -> None:
    name = least.field.replace("_", "-")
    with pytest.raises(PolicyError, match="a whole number from"):
        parsed(f"[limits]\n{name} = 0")


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ('uncompressed-size = "64GiB"', 64 << 30),
        ('uncompressed-size = "1GiB"', Limits().uncompressed_total),
        ("uncompressed-size = 0", 0),
        ('uncompressed-size = 0\nuncompressed-total = "1GiB"', 1 << 30),
    ],
)
def test_who_trusts_one_layer_with_more_trusts_all_with_as_much(text: str, total: int) -> None:
    assert parsed(f"[limits]\n{text}").bounds(Limits()).uncompressed_total == total
