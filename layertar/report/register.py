"""Every format that a report can be written in, listed by hand."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Protocol

from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TextIO

    from layertar.report.model import Report

__all__ = ["REPORTERS", "Reporter", "TextStyle"]


class TextStyle(NamedTuple):
    """How text for people is laid out; formats for programs take no notice of it.

    Attributes:
        width: columns of the terminal; `None` where there is none: nothing is shortened for
            want of room, and the output depends on the report alone.
        color: whether to mark verdicts and severities by terminal colours.
    """

    width: int | None = None
    color: bool = False


class Reporter(Protocol):
    """Writes a report in one format.

    Attributes:
        name: of the format, as `--format` spells it.
        media_type: of what is written.
    """

    name: ClassVar[str]
    media_type: ClassVar[str]

    def write(self, report: Report, out: TextIO) -> None:
        """Write the whole of `report` to `out`, piece by piece.

        Raises:
            OSError: whatever writing to `out` raises; nothing else.
        """


def _text(style: TextStyle) -> Reporter:
    from layertar.report.text import TextReporter  # noqa: PLC0415 - only the format asked for

    return TextReporter(style)


def _json(_style: TextStyle) -> Reporter:
    from layertar.report.json_v1 import JsonReporter  # noqa: PLC0415 - only the format asked for

    return JsonReporter()


def _jsonl(_style: TextStyle) -> Reporter:
    from layertar.report.jsonl import JsonlReporter  # noqa: PLC0415 - only the format asked for

    return JsonlReporter()


def _junit(_style: TextStyle) -> Reporter:
    from layertar.report.junit import JunitReporter  # noqa: PLC0415 - only the format asked for

    return JunitReporter()


def _sarif(_style: TextStyle) -> Reporter:
    from layertar.report.sarif import SarifReporter  # noqa: PLC0415 - only the format asked for

    return SarifReporter()


def _github(_style: TextStyle) -> Reporter:
    from layertar.report.github import GithubReporter  # noqa: PLC0415 - only the format asked for

    return GithubReporter()


def _gitlab(_style: TextStyle) -> Reporter:
    from layertar.report.gitlab import GitlabReporter  # noqa: PLC0415 - only the format asked for

    return GitlabReporter()


def _markdown(_style: TextStyle) -> Reporter:
    from layertar.report.markdown import MarkdownReporter  # noqa: PLC0415 - as above

    return MarkdownReporter()


def _csv(_style: TextStyle) -> Reporter:
    from layertar.report.csv_table import CsvReporter  # noqa: PLC0415 - only the format asked for

    return CsvReporter()


#: Format name to what makes its reporter. A format's module is imported when it is asked for.
REPORTERS: Mapping[str, Callable[[TextStyle], Reporter]] = MappingProxyType(
    {
        "text": _text,
        "json": _json,
        "jsonl": _jsonl,
        "junit": _junit,
        "sarif": _sarif,
        "github": _github,
        "gitlab": _gitlab,
        "markdown": _markdown,
        "csv": _csv,
    }
)
