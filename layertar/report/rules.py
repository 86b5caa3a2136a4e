"""Rules, listed or explained: as text, JSON or Markdown."""

from __future__ import annotations

import json
import textwrap
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from layertar.fault import Severity
from layertar.findings.model import Effect
from layertar.report.json_v1 import head_value
from layertar.report.table import Column, layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import TextIO

    from layertar.findings.model import Rule

__all__ = ["RULE_WRITERS", "RuleWriter", "ordered"]

_COLUMNS = (Column("rule"), Column("severity"), Column("effect"), Column("meaning", room=20))
_LABEL_WIDTH = 10
_INTRODUCTION = (
    "Every rule of `layertar verify`. The severity decides the exit code, and "
    "`--severity RULE=LEVEL` changes it; a finding may weigh differently where what was met does. "
    "The effect is on the verdict, and nothing changes it."
)
_VERDICTS = {
    Effect.NONE: "the verdict stays as it is",
    Effect.UNVERIFIABLE: "the verdict becomes unverifiable, unless worse is found, or unreadable "
    "where no image can be read",
    Effect.INCOMPLETE: "the verdict becomes incomplete, unless worse is found",
    Effect.FAILED: "the verdict becomes failed",
}


class RuleWriter(Protocol):
    """Writes rules in one format."""

    def __call__(
        self, rules: Sequence[Rule], out: TextIO, *, in_full: bool, width: int | None
    ) -> None:
        """Write `rules` to `out`, in the order given.

        Args:
            rules: what to write.
            out: where to.
            in_full: whether to explain each rather than list them in a line each.
            width: columns of the terminal, for text; `None` where there is none.

        Raises:
            OSError: whatever writing to `out` raises; nothing else.
        """


def ordered(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Sort rules: errors first, then by name."""
    return tuple(sorted(rules, key=lambda rule: (-rule.severity, rule.name)))


def _text(rules: Sequence[Rule], out: TextIO, *, in_full: bool, width: int | None) -> None:
    if in_full:
        for number, rule in enumerate(rules):
            out.write("\n" if number else "")
            out.writelines(f"{line}\n" for line in _explained(rule, width))
        return
    rows = [(rule.name, rule.severity.label, rule.effect.label, rule.summary) for rule in rules]
    out.writelines(f"{'  '.join(cells)}\n" for cells in layout(_COLUMNS, rows, width))


def _explained(rule: Rule, width: int | None) -> Iterator[str]:
    yield rule.name
    yield from _wrapped("  ", rule.summary, width)
    yield ""
    facts = {
        "severity": rule.severity.label,
        "effect": f"{rule.effect.label}: {_VERDICTS[rule.effect]}",
        "why": rule.why,
        "what to do": rule.remedy,
        "source": rule.reference,
    }
    for label, text in facts.items():
        yield from _wrapped(f"  {label:<{_LABEL_WIDTH}}  ", text, width)


def _wrapped(first: str, text: str, width: int | None) -> list[str]:
    """Break `text` where the terminal ends, indented as its first line is."""
    if width is None or width <= 2 * len(first):
        return [first + text]
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _json(rules: Sequence[Rule], out: TextIO, *, in_full: bool, width: int | None) -> None:
    """Write every field in both cases: programs choose for themselves."""
    del in_full, width
    document = {
        **head_value("rules"),
        "rules": [
            {
                "name": rule.name,
                "severity": rule.severity.label,
                "effect": rule.effect.label,
                "summary": rule.summary,
                "why": rule.why,
                "remedy": rule.remedy,
                "reference": rule.reference,
            }
            for rule in rules
        ],
    }
    json.dump(document, out, indent=2, ensure_ascii=False)
    out.write("\n")


def _markdown(rules: Sequence[Rule], out: TextIO, *, in_full: bool, width: int | None) -> None:
    """Write every rule in full, be they all or one: a page to read."""
    del width
    if in_full:
        out.write("\n".join(line for rule in rules for line in _section(rule, "#")))
        return
    out.write(f"# Rules\n\n{_INTRODUCTION}\n")
    for severity in sorted(Severity, reverse=True):
        chosen = [rule for rule in rules if rule.severity is severity]
        out.write(f"\n## {severity.label.capitalize()}s\n\n")
        out.write("\n".join(line for rule in chosen for line in _section(rule, "###")))


def _section(rule: Rule, mark: str) -> Iterator[str]:
    yield f"{mark} {rule.name}\n"
    yield f"{_plain(rule.summary)} {_plain(rule.why)}\n"
    yield f"- Severity: {rule.severity.label}"
    yield f"- Effect: {rule.effect.label} ({_VERDICTS[rule.effect]})"
    yield f"- What to do: {_plain(rule.remedy)}"
    yield f"- Source: {_plain(rule.reference)}\n"


def _plain(text: str) -> str:
    """Keep Markdown from taking a character for markup."""
    return "".join(f"\\{char}" if char in "*<[" else char for char in text)


#: Format name to what writes rules in it.
RULE_WRITERS: Mapping[str, RuleWriter] = MappingProxyType(
    {"text": _text, "json": _json, "markdown": _markdown}
)
