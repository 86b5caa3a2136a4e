"""`layertar rules`, and `verify --severity`, as a user runs them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
import pytest

from layertar import ArgumentError, Severity, Verdict, verify
from layertar.cli._exit import ExitCode
from layertar.cli.rules_cmd import RuleFormat
from layertar.findings import RULES
from layertar.report.rules import RULE_WRITERS
from tests.builders import ImageRecipe, LayerRecipe, build_hybrid, sha256, tar_layer
from tests.cli.command import BUILT, LAYER_MEMBER, run
from tests.report.strict import strict_schema

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """An archive with an altered layer."""
    path = tmp_path / "broken.tar"
    path.write_bytes(BUILT.replace(LAYER_MEMBER, BUILT[LAYER_MEMBER][:-1] + b"x").tar())
    return path


def test_the_list_has_every_rule() -> None:
    ran = run("rules")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert sorted(line.split()[0] for line in lines[1:]) == sorted(RULES)


def test_one_rule_is_explained() -> None:
    ran = run("rules", "views-disagree")
    assert (ran.code, ran.err) == (0, "")
    assert RULES["views-disagree"].why in ran.out


def test_an_unknown_rule_is_wrong_usage_and_the_nearest_is_told() -> None:
    ran = run("rules", "blob-mising", env={"COLUMNS": "200"})
    assert (ran.code, ran.out) == (ExitCode.USAGE, "")
    assert "blob-missing" in ran.err


def test_every_format_can_be_chosen_and_no_other() -> None:
    assert [form.value for form in RuleFormat] == list(RULE_WRITERS)


def test_json_fits_the_schema_that_the_command_prints() -> None:
    described = json.loads(run("schema", "rules").out)
    document = json.loads(run("rules", "--format", "json").out)
    jsonschema.validate(document, described, jsonschema.Draft202012Validator)
    jsonschema.validate(document, strict_schema("rules"), jsonschema.Draft202012Validator)
    assert {rule["name"] for rule in document["rules"]} == set(RULES)


def test_markdown_of_one_rule_is_its_section() -> None:
    assert run("rules", "blob-missing", "--format", "markdown").out.startswith("# blob-missing\n")


@pytest.mark.parametrize(
    ("level", "code", "told"),
    [
        ("error", ExitCode.FINDINGS, ["error"]),
        ("warning", ExitCode.OK, ["warning"]),
        ("note", ExitCode.OK, ["note"]),
        ("off", ExitCode.OK, []),
    ],
)
def test_a_lowered_rule_changes_the_exit_code_and_not_the_verdict(
    broken: Path, level: str, code: ExitCode, told: list[str]
) -> None:
    ran = run("verify", "--format", "json", "--severity", f"blob-digest-mismatch={level}", broken)
    assert ran.code == code
    (archive,) = json.loads(ran.out)["archives"]
    assert archive["verdict"] == "failed"
    assert archive["images"][0]["verdict"] == "failed"
    found = archive["findings"]
    rule = "blob-digest-mismatch"
    assert [each["severity"] for each in found if each["rule"] == rule] == told
    for severity in ("error", "warning", "note"):
        counted = archive["summary"][f"{severity}s"]
        assert counted == [each["severity"] for each in found].count(severity)


def test_the_later_severity_wins(broken: Path) -> None:
    off = ("--severity", "blob-digest-mismatch=off")
    error = ("--severity", "blob-digest-mismatch=error")
    assert run("verify", *off, *error, broken).code == ExitCode.FINDINGS
    assert run("verify", *error, *off, broken).code == ExitCode.OK


@pytest.mark.parametrize(
    "text", ["blob-missing", "=error", "blob-missing=fatal", "blob-missing=", "blob-mising=off"]
)
def test_a_malformed_severity_is_wrong_usage(broken: Path, text: str) -> None:
    ran = run("verify", "--severity", text, broken, env={"COLUMNS": "200"})
    assert (ran.code, ran.out) == (ExitCode.USAGE, "")
    assert "blob-missing" in ran.err or text in ran.err


def without_end(tmp_path: Path) -> Path:
    """A good archive with a warning: the zero blocks at its end are cut off."""
    path = tmp_path / "open.tar"
    path.write_bytes(BUILT.tar()[:-1024])
    return path


def test_a_raised_rule_makes_the_exit_code_1_and_has_no_effect(tmp_path: Path) -> None:
    path = without_end(tmp_path)
    assert run("verify", path).code == ExitCode.OK
    ran = run("verify", "--format", "json", "--severity", "archive-no-end-marker=error", path)
    assert ran.code == ExitCode.FINDINGS
    (archive,) = json.loads(ran.out)["archives"]
    assert archive["verdict"] == "verified"
    assert archive["findings"][0]["severity"] == "error"


def test_a_severity_goes_before_what_is_allowed(tmp_path: Path) -> None:
    path = tmp_path / "missing.tar"
    path.write_bytes(BUILT.remove(LAYER_MEMBER).tar())
    (lowered,) = verify(path, allow_missing=True).archives
    assert lowered.summary.errors == 0
    names = {finding.rule.name for finding in lowered.findings}
    (kept,) = verify(
        path, allow_missing=True, severities=dict.fromkeys(names, Severity.ERROR)
    ).archives
    assert kept.summary.errors == len(kept.findings) > 0
    assert kept.verdict is Verdict.INCOMPLETE is lowered.verdict


def test_what_is_unreadable_stays_so(tmp_path: Path) -> None:
    path = tmp_path / "empty.tar"
    path.write_bytes(b"")
    (archive,) = verify(path, severities={"archive-empty": None}).archives
    assert (archive.verdict, archive.findings) == (Verdict.UNREADABLE, ())
    assert run("verify", "--severity", "archive-empty=off", path).code == ExitCode.UNREADABLE


def test_what_is_about_an_image_that_was_not_selected_cannot_be_raised(tmp_path: Path) -> None:
    recipes = [
        ImageRecipe(
            layers=(LayerRecipe(tar=tar_layer({"etc/name": name.encode()})),),
            names=(f"docker.io/library/{name}:1",),
        )
        for name in ("good", "bad")
    ]
    member = f"blobs/{sha256(tar_layer({'etc/name': b'bad'})).replace(':', '/')}"
    built = build_hybrid(recipes)
    path = tmp_path / "two.tar"
    path.write_bytes(built.replace(member, built[member][:-1] + b"x").tar())
    raised = {"blob-digest-mismatch": Severity.ERROR}
    (judged,) = verify(path, image="docker.io/library/bad:1", severities=raised).archives
    assert judged.summary.errors == 1
    (other,) = verify(path, image="docker.io/library/good:1", severities=raised).archives
    assert other.summary.errors == 0
    assert "blob-digest-mismatch" in {finding.rule.name for finding in other.findings}


def test_the_library_refuses_a_rule_that_does_not_exist(broken: Path) -> None:
    with pytest.raises(ArgumentError, match="blob-missing"):
        verify(broken, severities={"blob-mising": None})
