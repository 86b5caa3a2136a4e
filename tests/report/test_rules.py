from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING

import jsonschema
import pytest

from layertar.fault import Severity
from layertar.findings import RULES, Effect, Rule, unknown_rule
from layertar.report.rules import RULE_WRITERS, ordered
from tests.report.strict import strict_schema

if TYPE_CHECKING:
    from collections.abc import Sequence

RULE = Rule(
    "some-rule",
    Severity.ERROR,
    Effect.INCOMPLETE,
    "What it means.",
    "Because of a * and a < sign, and for many more words than fit in one line.",
    "Do this.",
    "A source",
)
OTHER = Rule("a-note", Severity.NOTE, Effect.NONE, "Little.", "So.", "Nothing.", "Another")


def written(
    form: str, rules: Sequence[Rule], *, in_full: bool = False, width: int | None = None
) -> str:
    out = StringIO()
    RULE_WRITERS[form](rules, out, in_full=in_full, width=width)
    return out.getvalue()


def test_every_rule_is_explained_in_sentences() -> None:
    for rule in RULES.values():
        assert rule.reference, rule.name
        for text in (rule.summary, rule.why, rule.remedy):
            assert text.endswith("."), rule.name
            assert text == " ".join(text.split()), rule.name


def test_no_two_rules_matter_for_the_same_words() -> None:
    reasons = [rule.why for rule in RULES.values()]
    assert sorted(set(reasons)) == sorted(reasons)


def test_errors_come_first_then_names_in_order() -> None:
    assert ordered([OTHER, RULE]) == (RULE, OTHER)
    found = ordered(RULES.values())
    assert len(found) == len(RULES)
    assert [rule.severity for rule in found] == sorted(
        (rule.severity for rule in found), reverse=True
    )


def test_a_list_has_one_line_a_rule() -> None:
    assert written("text", [RULE, OTHER]).splitlines() == [
        "rule       severity  effect      meaning",
        "some-rule  error     incomplete  What it means.",
        "a-note     note      none        Little.",
    ]


def test_a_list_fits_the_terminal() -> None:
    rules = ordered(RULES.values())
    _, *lines = written("text", rules, width=100).splitlines()
    assert max(map(len, lines)) == 100
    assert [line.split()[0] for line in lines] == [rule.name for rule in rules]


def test_an_explanation_says_all_that_the_rule_says() -> None:
    shown = written("text", [RULE], in_full=True)
    assert shown.splitlines()[:2] == ["some-rule", "  What it means."]
    for text in ("error", "incomplete", RULE.why, RULE.remedy, RULE.reference):
        assert text in shown


def test_an_explanation_is_broken_where_the_terminal_ends_and_loses_no_word() -> None:
    shown = written("text", [RULE], in_full=True, width=50)
    assert max(map(len, shown.splitlines())) <= 50
    assert RULE.why in " ".join(shown.split())


@pytest.mark.parametrize("in_full", [False, True])
def test_json_has_every_field_and_fits_its_schema(in_full: bool) -> None:  # noqa: FBT001 - pytest's interface
    document = json.loads(written("json", [RULE, OTHER], in_full=in_full))
    jsonschema.validate(document, strict_schema("rules"), jsonschema.Draft202012Validator)
    assert document["schema_version"] == 1
    assert document["rules"][0] == {
        "name": "some-rule",
        "severity": "error",
        "effect": "incomplete",
        "summary": RULE.summary,
        "why": RULE.why,
        "remedy": RULE.remedy,
        "reference": RULE.reference,
    }


def test_the_schema_of_rules_knows_every_word() -> None:
    document = json.loads(written("json", ordered(RULES.values())))
    jsonschema.validate(document, strict_schema("rules"), jsonschema.Draft202012Validator)
    assert {rule["effect"] for rule in document["rules"]} == {each.label for each in Effect}


def test_a_page_has_a_section_a_rule_and_no_markup_of_its_texts() -> None:
    page = written("markdown", [RULE, OTHER])
    assert page.index("## Errors") < page.index("### some-rule") < page.index("## Notes")
    assert r"a \* and a \< sign" in page
    assert written("markdown", [RULE], in_full=True).startswith("# some-rule\n\nWhat it means.")


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("blob-mising", "blob-missing"),
        ("VIEWS-DISAGREE", "views-disagree"),
        ("layer-diff-id-mismatch", "layer-diffid-mismatch"),
    ],
)
def test_a_mistyped_rule_is_told_with_the_nearest(name: str, nearest: str) -> None:
    assert nearest in (unknown_rule(name) or "")


def test_a_name_near_to_none_leads_to_the_list() -> None:
    assert unknown_rule("x") == "there is no rule 'x'; `layertar rules` lists them"


def test_a_rule_that_exists_is_not_unknown() -> None:
    assert [name for name in RULES if unknown_rule(name) is not None] == []
