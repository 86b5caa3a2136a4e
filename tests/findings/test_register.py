"""Every rule has a case in which it fires, and a near miss in which it does not."""

from __future__ import annotations

import ast
import errno
import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import layertar
from layertar import Progress, Severity, Verdict, verify
from layertar.findings import RULES, Effect
from tests.builders import Built
from tests.findings import (
    cases_blobs,
    cases_config,
    cases_json,
    cases_layers,
    cases_oci,
    cases_pins,
    cases_policy,
    cases_shapes,
    cases_tar,
    cases_views,
    test_contents,
    test_docker,
    test_entries,
    test_layer_content,
    test_members,
    test_orphans,
)
from tests.findings.cases import (
    Case,
    check_fires,
    check_near_miss,
    errors_of,
    told,
    with_ids,
)
from tests.findings.shapes import image_of_layers, layer_of, oci
from tests.tarmaker import END

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PACKAGE = Path(layertar.__file__).parent

FAMILIES = (
    cases_blobs,
    cases_config,
    test_contents,
    test_docker,
    test_entries,
    cases_json,
    test_layer_content,
    cases_layers,
    test_members,
    cases_oci,
    cases_policy,
    test_orphans,
    cases_pins,
    cases_shapes,
    cases_tar,
    cases_views,
)
CASES = tuple(case for family in FAMILIES for case in family.CASES)

# No archive is unreadable or changes by itself: tests below, of this file, have their cases.
OF_THE_MACHINE = {"input-unreadable", "input-changed"}


@pytest.mark.parametrize("case", with_ids(CASES))
def test_the_rule_fires(case: Case, tmp_path: Path) -> None:
    check_fires(case, tmp_path)


@pytest.mark.parametrize("case", with_ids(CASES))
def test_the_closest_lawful_archive_is_clean(case: Case, tmp_path: Path) -> None:
    check_near_miss(case, tmp_path)


_AT_THE_TOP = {"index.json", "manifest.json", "oci-layout", "repositories"}


@pytest.mark.parametrize("case", with_ids(case for case in CASES if isinstance(case.fires, Built)))
def test_a_finding_names_the_files_below_a_directory_as_they_lie(case: Case) -> None:
    assert isinstance(case.fires, Built)
    moved = io.BytesIO(case.fires.tar(prefix="saved/"))
    (report,) = verify(
        moved, limits=case.limits, content=case.content, secrets=case.secrets
    ).archives
    for finding in report.findings:
        for place in (finding.location, *(each.location for each in finding.related)):
            assert place.member not in _AT_THE_TOP, finding.rule.name


def test_every_rule_fires_in_some_case() -> None:
    assert set(RULES) - {case.rule for case in CASES} == OF_THE_MACHINE


def test_every_case_is_of_a_rule() -> None:
    assert {case.rule for case in CASES} <= set(RULES)
    assert {rule for case in CASES for rule in case.also} <= set(RULES)


def test_a_rules_usual_severity_and_effect_are_among_its_cases() -> None:
    found = {(case.rule, case.severity, case.effect) for case in CASES}
    unusual = {
        rule.name
        for rule in RULES.values()
        if (rule.name, rule.severity, rule.effect) not in found and rule.name not in OF_THE_MACHINE
    }
    assert unusual == set()


def test_only_errors_have_an_effect() -> None:
    for case in CASES:
        if case.rule.startswith("policy-"):
            assert case.effect is Effect.NONE, case.rule
            continue
        assert (case.severity is Severity.ERROR) == (case.effect is not Effect.NONE), case.rule


def rule_names_told() -> Iterator[tuple[str, str]]:
    """Every literal that names the rule of a fault, a draft or an error, and where it is."""
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and node.args):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            wanted = [node.args[0]] if name in ("Fault", "Draft", "ArchiveError", "add") else []
            wanted += [keyword.value for keyword in node.keywords if keyword.arg == "rule"]
            for value in wanted:
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    yield value.value, f"{path.relative_to(PACKAGE)}:{node.lineno}"


def test_every_rule_that_the_product_tells_is_in_the_register() -> None:
    found = list(rule_names_told())
    assert len(found) > 100
    assert [place for place in found if place[0] not in RULES and "-" in place[0]] == []


def test_every_rule_says_what_it_means_and_what_to_do() -> None:
    for name, rule in RULES.items():
        assert rule.name == name
        assert name == name.lower().replace(" ", "-").replace("_", "-")
        assert rule.summary.endswith(".")
        assert rule.remedy.endswith(".")
        assert rule.reference


def test_an_input_that_is_not_there_is_unreadable(tmp_path: Path) -> None:
    report = verify(tmp_path / "gone.tar").archives[0]
    (finding,) = report.findings
    assert (finding.rule.name, finding.severity) == ("input-unreadable", Severity.ERROR)
    assert finding.effect is Effect.UNVERIFIABLE
    assert report.verdict is Verdict.UNREADABLE


class Failing(io.BytesIO):
    """A stream that fails behind its first block, as a disk or a connection does."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell():
            raise OSError(errno.EIO, "Input/output error")
        return super().read(512 if size is None else min(size, 512))


def test_an_input_that_fails_while_it_is_read_is_unreadable() -> None:
    report = verify(Failing(oci().tar())).archives[0]
    assert errors_of(report) == ["input-unreadable"]
    assert "Input/output error" in report.findings[0].message


# Progress is told every 4 MiB: what is larger can be changed while it is read.
BIG = END * (5 << 10)


def big_image() -> bytes:
    return image_of_layers((BIG, layer_of(BIG)), tars=[BIG]).tar()


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(bytes(512))


def shrink(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(1 << 20)


def leave(path: Path) -> None:
    path.stat()


@pytest.mark.parametrize(
    ("change", "rules"),
    [(grow, ["input-changed"]), (shrink, ["input-changed"]), (leave, [])],
)
def test_an_input_that_changes_while_it_is_read_is_told(
    change: Callable[[Path], None], rules: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "archive.tar"
    path.write_bytes(big_image())
    changed: list[int] = []

    def on_progress(progress: Progress) -> None:
        if not changed:
            changed.append(progress.done)
            change(path)

    report = verify(path, workers=1, on_progress=on_progress).archives[0]
    assert changed
    assert [each.rule.name for each in told(report, "input-changed")] == rules
    assert (report.verdict is Verdict.FAILED) == bool(rules)
