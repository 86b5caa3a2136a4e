"""docs/configuration.md says what is so, and its example is a policy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from layertar import REPORTERS, parse_policy
from layertar.findings import RULES, unknown_rule
from layertar.policy.keys import KEYS
from layertar.policy.model import FORBIDDEN
from tests.cli.command import run
from tests.configuration_page import EXAMPLE, PAGE, configuration_page

ROOT = Path(__file__).resolve().parents[2]
FIXTURE = "fixtures/real/docker-20.10-one-image.tar"


def test_the_page_is_what_the_code_reads_by() -> None:
    assert PAGE.read_text(encoding="utf-8") == configuration_page()


def test_the_page_has_every_rule_of_policies_and_no_other() -> None:
    told = set(re.findall(r"`(policy-[a-z-]+)`", PAGE.read_text("utf-8")))
    mine = {name for name in RULES if name.startswith("policy-")}
    # What `forbid` names has a rule each, whose name tells which.
    assert told <= mine
    assert len(mine - told) == len(FORBIDDEN)


def test_the_example_is_understood_and_its_rules_exist() -> None:
    policy = parse_policy(EXAMPLE.read_bytes(), "docs/layertar.toml")
    names = [*policy.severities, *(entry.rule for entry in policy.ignored)]
    assert names
    assert [unknown_rule(name) for name in names] == [None] * len(names)
    tables = {key.name.split(".")[0].removesuffix("[]") for key in KEYS}
    assert [table for table in sorted(tables) if table not in EXAMPLE.read_text("utf-8")] == []


@pytest.mark.parametrize("form", REPORTERS)
def test_the_example_is_followed(form: str) -> None:
    ran = run("verify", "--config", "docs/layertar.toml", "--now", "2026-12-01", FIXTURE,
              "--format", form, "--no-progress", cwd=ROOT)  # fmt: skip
    assert ran.code == 1
    assert ran.err == ""
    assert "policy-user-root" in ran.out
    assert "policy-label-missing" in ran.out


def test_the_example_from_python_runs_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    example = re.search(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert example is not None
    monkeypatch.chdir(ROOT)
    exec(compile(example[1], "configuration.md", "exec"), {})  # noqa: S102 - the page's own example
