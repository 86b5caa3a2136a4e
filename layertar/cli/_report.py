"""Report: choose reporters, their style and where they write."""

from __future__ import annotations

import os
import shutil
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from layertar.cli._options import Color, Format
from layertar.cli._output import OutputError, append, deliver, is_stdout
from layertar.report.register import REPORTERS, TextStyle
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from layertar.report.events import Event
    from layertar.report.model import Report

__all__ = ["Plan", "plan", "show", "style"]

_REPORT = "--report"


class Plan(NamedTuple):
    """What is written of one report.

    Attributes:
        targets: formats, each with its file; `None` is standard output.
        summary: the file that is added to, in Markdown.
        color: whether text has colours.
    """

    targets: tuple[tuple[Format, Path | None], ...]
    summary: Path | None
    color: Color

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that are written."""
        found = [target for _, target in self.targets if target is not None]
        return (*found, *([] if self.summary is None else [self.summary]))

    def on_event(self) -> Callable[[Event], None] | None:
        """Make what writes events while a reading runs; `None` where nobody reads along."""
        if (Format.JSONL, None) not in self.targets:
            return None
        from layertar.report.jsonl import event_lines  # noqa: PLC0415 - only where asked for

        def write(event: Event) -> None:
            sys.stdout.writelines(event_lines(event))
            sys.stdout.flush()

        return write

    def write(self, report: Report, text: Report | None = None, *, told: bool = False) -> None:
        """Write all that is planned; what fails does not hinder the rest.

        Args:
            report: what is written.
            text: what is written of it as text, where that is less.
            told: whether `on_event` has written the events already.

        Raises:
            OutputError: something could not be written; the first of it.
        """
        failures: list[OutputError] = []
        for form, target in self.targets:
            what = text if text is not None and form is Format.TEXT else report
            try:
                if told and form is Format.JSONL and target is None:
                    _end_events(what)
                else:
                    show(what, form, target, self.color)
            except OutputError as error:
                failures.append(error)
        if self.summary is not None:
            reporter = REPORTERS[Format.MARKDOWN.value](TextStyle())
            try:
                append(partial(reporter.write, report), self.summary)
            except OutputError as error:
                failures.append(error)
        if failures:
            raise failures[0]


def plan(
    form: Format,
    output: Path | None,
    color: Color,
    reports: Iterable[str] | None = None,
    summary: Path | None = None,
) -> Plan:
    """Understand `--format`, `--output`, `--report`s and `--summary`.

    Raises:
        typer.BadParameter: a report is of no format, or two go to one place.
    """
    more = [_target(text) for text in reports or ()]
    takes_stdout = any(target is None for _, target in more)
    main = None if output is not None and is_stdout(output) else output
    if main is None and takes_stdout:
        # The usual report makes room, but not one that was asked for by name.
        if form is not Format.TEXT or output is not None:
            raise typer.BadParameter("standard output is --format's already", param_hint=_REPORT)
        targets = more
    else:
        targets = [(form, main), *more]
    places = [None if file is None else os.path.realpath(file) for _, file in targets]
    places += [] if summary is None else [os.path.realpath(summary)]
    if len(set(places)) < len(places):
        raise typer.BadParameter("two reports to one place", param_hint=_REPORT)
    return Plan(tuple(targets), summary, color)


def _target(text: str) -> tuple[Format, Path | None]:
    name, equals, file = text.partition("=")
    formats = [form.value for form in Format]
    if not equals or not file or name not in formats:
        raise typer.BadParameter(
            f"{text!r} is no FORMAT=FILE; a format is one of {', '.join(formats)}",
            param_hint=_REPORT,
        )
    return Format(name), None if is_stdout(Path(file)) else Path(file)


def _end_events(report: Report) -> None:
    from layertar.report.jsonl import summary_line  # noqa: PLC0415 - only where asked for

    deliver(lambda out: out.writelines([summary_line(report)]), None)


def show(report: Report, form: Format, target: Path | None, color: Color) -> None:
    """Write `report` to `target`, or to standard output where that is `None`.

    Raises:
        OutputError: it could not be written.
    """
    reporter = REPORTERS[form.value](style(target, color))
    deliver(partial(reporter.write, report), target)


def style(target: Path | None, color: Color) -> TextStyle:
    """Choose how text is laid out: by the terminal, where it is written to one."""
    terminal = target is None and sys.stdout.isatty()
    match color:
        case Color.ALWAYS:
            colored = True
        case Color.NEVER:
            colored = False
        case Color.AUTO:
            # https://no-color.org: set and not empty. An option of the command line wins.
            colored = terminal and not os.environ.get("NO_COLOR")
            colored = colored and os.environ.get("TERM") != "dumb"
    return TextStyle(shutil.get_terminal_size().columns if terminal else None, colored)
