"""Options that commands share, and how their values are read."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from layertar.cli._completion import archive_names
from layertar.fault import Severity
from layertar.limits import DEFAULT_LIMITS, Limits
from layertar.units import parse_instant, parse_size
from layertar.value import replace

__all__ = [
    "AllowMissing",
    "AllowUnverifiable",
    "Archives",
    "Color",
    "ColorOption",
    "ConfigOption",
    "ExitZero",
    "Expect",
    "FailFast",
    "FailOn",
    "FailOnOption",
    "FilesFrom",
    "Format",
    "FormatOption",
    "ImageOption",
    "MaxUncompressed",
    "NoConfig",
    "NoLayerContent",
    "NoProgress",
    "Now",
    "Null",
    "Output",
    "PlatformOption",
    "Quiet",
    "ReportOption",
    "SeverityOption",
    "SummaryOption",
    "Workers",
    "instant",
    "limits_of",
    "severities",
    "size",
]


class FailOn(StrEnum):
    """The least severity that makes the exit code 1."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def severity(self) -> Severity:
        """The severity of this name."""
        return Severity[self.name]


class Format(StrEnum):
    """The names in `report.REPORTERS`; they stand here too so that `-h` imports no reporter."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    JUNIT = "junit"
    SARIF = "sarif"
    GITHUB = "github"
    GITLAB = "gitlab"
    MARKDOWN = "markdown"
    CSV = "csv"


class Color(StrEnum):
    """When to use terminal colours."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


def size(text: str) -> int:
    """Read a number of bytes: `4096`, `512K`, `64MiB`, `2G`; units are powers of 1024.

    Raises:
        typer.BadParameter: it is none.
    """
    try:
        return parse_size(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def instant(text: str) -> datetime:
    """Read an instant, or the beginning of a day in UTC.

    Raises:
        typer.BadParameter: it is none.
    """
    try:
        return parse_instant(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


_OFF = "off"
_LEVELS = {**{severity.label: severity for severity in reversed(Severity)}, _OFF: None}


def severities(texts: Iterable[str]) -> dict[str, Severity | None]:
    """Read `RULE=LEVEL`s, the later before the earlier; `off` is `None`.

    Raises:
        typer.BadParameter: one is of another form, or its level does not exist.
    """
    chosen: dict[str, Severity | None] = {}
    for text in texts:
        rule, equals, level = text.partition("=")
        if not equals or not rule or level not in _LEVELS:
            levels = ", ".join(_LEVELS)
            raise typer.BadParameter(
                f"{text!r} is no RULE=LEVEL; a level is one of {levels}", param_hint="--severity"
            )
        chosen[rule] = _LEVELS[level]
    return chosen


def limits_of(max_uncompressed: int | None, limits: Limits = DEFAULT_LIMITS) -> Limits:
    """Read `--max-uncompressed`, which goes before `limits`."""
    if max_uncompressed is None:
        return limits
    # Who trusts one layer with more trusts all of them with as much.
    total = max_uncompressed and max(max_uncompressed, limits.uncompressed_total)
    return replace(limits, uncompressed_size=max_uncompressed, uncompressed_total=total)


Archives = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="ARCHIVE...",
        help="Image archives or unpacked directories, known by their content; - is standard input.",
        show_default=False,
        autocompletion=archive_names,
    ),
]
Expect = Annotated[
    list[str] | None,
    typer.Option(
        "--expect",
        metavar="DIGEST",
        help="An image whose image ID, manifest or index digest measures so must be there. "
        "Also NAME@DIGEST. May be repeated.",
        show_default=False,
    ),
]
ImageOption = Annotated[
    str | None,
    typer.Option(
        "--image",
        metavar="REF|DIGEST",
        help="Judge this image; what is found about others becomes a note.",
        show_default=False,
    ),
]
PlatformOption = Annotated[
    str | None,
    typer.Option(
        "--platform",
        metavar="OS/ARCH[/VARIANT]",
        help="Judge the images for this platform; what is found about others becomes a note.",
        show_default=False,
    ),
]
FailOnOption = Annotated[
    FailOn, typer.Option("--fail-on", help="Exit with 1 for findings of this severity or a worse.")
]
AllowMissing = Annotated[
    bool,
    typer.Option(
        "--allow-missing",
        help="Take absent content for a note. The verdict stays what it is; the exit code is 0.",
    ),
]
AllowUnverifiable = Annotated[
    bool,
    typer.Option(
        "--allow-unverifiable",
        help="Take content that nothing can prove for a note. The verdict stays what it is; "
        "the exit code is 0.",
    ),
]
SeverityOption = Annotated[
    list[str] | None,
    typer.Option(
        "--severity",
        metavar="RULE=LEVEL",
        help="Take what a rule finds for an error, a warning or a note, or leave it off. "
        "The verdict stays what it is. May be repeated; the later wins. See `layertar rules`.",
        show_default=False,
    ),
]
MaxUncompressed = Annotated[
    int | None,
    typer.Option(
        "--max-uncompressed",
        metavar="SIZE",
        parser=size,
        help="Stop unpacking a layer beyond this size: bytes, or with K, M, G, KiB, MiB, GiB; "
        "0 never stops.",
        show_default="64GiB",
    ),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Follow this policy file; by default layertar.toml of the working directory, or "
        "[tool.layertar] of its pyproject.toml. See docs/configuration.md.",
        show_default=False,
    ),
]
NoConfig = Annotated[
    bool, typer.Option("--no-config", help="Follow no policy file that lies about.")
]
Now = Annotated[
    datetime | None,
    typer.Option(
        "--now",
        metavar="INSTANT",
        parser=instant,
        help="Judge ages and days of the policy file at this instant, such as 2026-12-31 or "
        "2026-12-31T12:00:00Z; by default now.",
        show_default=False,
    ),
]
FormatOption = Annotated[
    Format,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help="text for people, json (see `layertar schema`) or jsonl for programs, or junit, "
        "sarif, github, gitlab, markdown or csv for a CI system.",
    ),
]
ReportOption = Annotated[
    list[str] | None,
    typer.Option(
        "--report",
        metavar="FORMAT=FILE",
        help="Write a report in a further format; - is standard output, in place of the usual "
        "report. May be repeated.",
        show_default=False,
    ),
]
SummaryOption = Annotated[
    Path | None,
    typer.Option(
        "--summary",
        metavar="FILE",
        help="Add the report in Markdown to the end of FILE, such as $GITHUB_STEP_SUMMARY.",
        show_default=False,
    ),
]
ExitZero = Annotated[
    bool,
    typer.Option(
        "--exit-zero",
        help="Exit with 0 whatever was found; what cannot be read is still 3. Verdicts stay.",
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        metavar="FILE",
        help="Write the report there, whole or not at all, instead of to standard output.",
        show_default=False,
    ),
]
FilesFrom = Annotated[
    str | None,
    typer.Option(
        "--files-from",
        metavar="FILE",
        help="Read more archives' names from FILE, one a line; - is standard input.",
        show_default=False,
    ),
]
Null = Annotated[
    bool, typer.Option("--null", "-0", help="Names in --files-from end in NUL, not in a newline.")
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="N",
        min=1,
        help="Threads that read, unpack and hash; by default as many as there are usable CPUs.",
        show_default=False,
    ),
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", help="In text, leave out archives without findings at --fail-on."),
]
FailFast = Annotated[
    bool,
    typer.Option(
        "--fail-fast",
        help="Leave off at the first error; a pipe is still read to its end.",
    ),
]
NoLayerContent = Annotated[
    bool,
    typer.Option(
        "--no-layer-content",
        help="Do not look at what layers' entries are called and lead to (duplicates, whiteouts).",
    ),
]
Content = Annotated[
    bool,
    typer.Option(
        "--content",
        help="Also note device nodes, set-user-ID files and file capabilities in layers.",
    ),
]
Secrets = Annotated[
    bool,
    typer.Option(
        "--secrets",
        help="Also look for private keys, tokens and passwords, in files that upper layers "
        "delete, too, and in Env, history and labels; values are never shown.",
    ),
]
NoProgress = Annotated[
    bool, typer.Option("--no-progress", help="No progress bar on standard error.")
]
ColorOption = Annotated[
    Color, typer.Option("--color", help="Colours in text; auto heeds the terminal and NO_COLOR.")
]
