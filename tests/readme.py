"""What is generated of the documentation: `python -m tests.readme` writes it anew.

The session in README is what the commands really print; the table of rules there, and the whole
of docs/rules.md, are the register's; so are the examples in docs/reports.md
what is printed. docs/configuration.md, docs/secrets.md and
docs/layertar.1 are made whole. A test compares the files with all of it.
"""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

from layertar import REPORTERS, Severity, inspect, verify
from layertar.cli._exit import exit_code
from layertar.findings import RULES
from layertar.report.register import TextStyle
from layertar.report.rules import RULE_WRITERS, ordered
from tests.cli.command import run
from tests.configuration_page import PAGE as CONFIGURATION_PAGE
from tests.configuration_page import configuration_page
from tests.man_page import PAGE as MAN_PAGE
from tests.man_page import man_page
from tests.reports_page import LANGUAGES, example
from tests.secrets_page import PAGE as SECRETS_PAGE
from tests.secrets_page import secrets_page

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
RULES_PAGE = ROOT / "docs" / "rules.md"
REPORTS_PAGE = ROOT / "docs" / "reports.md"

#: Columns of the terminal that the session shows.
WIDTH = 110

#: The commands of the session, run in the project's folder.
SESSION = (
    "layertar verify fixtures/real/docker-20.10-one-image.tar",
    "layertar verify fixtures/synthetic/faulty-altered-layer.tar",
    "layertar inspect fixtures/synthetic/oci-platforms-attested.tar",
)

#: The samples of what looks inside.
INSIDE = (
    "layertar tree fixtures/synthetic/layered.tar",
    "layertar waste fixtures/synthetic/layered.tar",
    "layertar diff fixtures/synthetic/layered.tar fixtures/synthetic/layered-rebuilt.tar",
)


def inside() -> str:
    """What looks inside: each command and what it prints."""
    lines = ["```console"]
    for command in INSIDE:
        printed = run(*command.split()[1:], cwd=ROOT).out
        lines += [f"$ {command}", *(line.rstrip() for line in printed.rstrip().splitlines())]
    return "\n".join([*lines, "```"])


def session() -> str:
    """The session: each command, what it shows on a terminal, and an exit code that is not 0."""
    lines = ["```console"]
    for command in SESSION:
        _, verb, name = command.split()
        report = (verify if verb == "verify" else inspect)(ROOT / name)
        report = replace(report, archives=(replace(report.archives[0], name=name),))
        out = io.StringIO()
        REPORTERS["text"](TextStyle(width=WIDTH)).write(report, out)
        lines += [f"$ {command}", out.getvalue().rstrip()]
        code = exit_code(report, Severity.ERROR)
        if code:
            lines += ["$ echo $?", str(code.value)]
    return "\n".join([*lines, "```"])


def rules() -> str:
    """The table of rules, errors first."""
    rows = ["| rule | severity | |", "|---|---|---|"]
    rows += [
        f"| `{rule.name}` | {rule.severity.label} | {rule.summary} |"
        for rule in ordered(RULES.values())
    ]
    return "\n".join(rows)


def rules_page() -> str:
    """The page that explains every rule."""
    out = io.StringIO()
    RULE_WRITERS["markdown"](ordered(RULES.values()), out, in_full=False, width=None)
    return out.getvalue()


def part(text: str, name: str) -> str:
    """The generated part of `text` that is called `name`."""
    found = re.search(rf"<!-- {name} -->\n(.*)\n<!-- /{name} -->", text, re.DOTALL)
    return found[1].strip() if found is not None else ""


def regenerate() -> None:
    """Write the generated parts of README and docs/reports.md, and the page of rules, anew."""
    _fill(README, {"session": session(), "inside": inside(), "rules": rules()})
    _fill(REPORTS_PAGE, {form: example(form) for form in LANGUAGES})
    RULES_PAGE.write_text(rules_page(), encoding="utf-8")
    CONFIGURATION_PAGE.write_text(configuration_page(), encoding="utf-8")
    SECRETS_PAGE.write_text(secrets_page(), encoding="utf-8")
    MAN_PAGE.write_text(man_page(), encoding="utf-8")


def _fill(page: Path, parts: dict[str, str]) -> None:
    text = page.read_text(encoding="utf-8")
    for name, made in parts.items():
        text = re.sub(
            rf"<!-- {name} -->\n.*<!-- /{name} -->",
            lambda _, name=name, made=made: f"<!-- {name} -->\n{made}\n<!-- /{name} -->",  # type: ignore[misc] # bound now, not when called
            text,
            flags=re.DOTALL,
        )
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    regenerate()
