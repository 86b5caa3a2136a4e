from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from markdown_it import MarkdownIt

from layertar.report.escape import escape
from tests.report.examples import archive, damaged_report, finding, image, report
from tests.report.hostile import ANY_TEXT, HOSTILE, written

if TYPE_CHECKING:
    from layertar.report.model import Report

TAGS = {"h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "code"}
# What GitHub and GitLab make links of without any markup.
BARE_LINK = re.compile(r"(?:https?|ftp)://|www\.|[\w.]@\w|(?<!&)#\d", re.IGNORECASE)


class Page(HTMLParser):
    """The tags of a page, and the text of each table's cell."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.cells: list[str] = []
        markdown = MarkdownIt("commonmark").enable(["table", "strikethrough"])
        self.feed(markdown.render(text))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert attrs == []
        self.tags.append(tag)
        if tag == "td":
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        if self.cells:
            self.cells[-1] += data.rstrip("\n")


def page(what: Report) -> Page:
    return Page(written("markdown", what))


def test_verdicts_images_and_findings_are_tables() -> None:
    found = finding("blob-missing", message="it is not there")
    cells = page(report(archive(image(), findings=(found,)))).cells
    assert cells[:3] == ["app.tar", "verified", "1"]
    assert "it is not there" in cells
    assert "blob-missing" in cells
    assert "docker.io/library/app:1.0" in cells


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_makes_no_markup(text: str) -> None:
    plain, hostile = page(damaged_report("plain")), page(damaged_report(text))
    assert set(hostile.tags) <= TAGS
    if text:
        assert hostile.tags == plain.tags
    assert BARE_LINK.search(written("markdown", damaged_report(text))) is None


@given(ANY_TEXT)
def test_whatever_an_archive_holds_is_shown_as_it_is(text: str) -> None:
    shown = page(damaged_report(text))
    assert set(shown.tags) <= TAGS
    wanted = escape(text)
    assert len(wanted) > 300 or wanted.strip() in {cell.strip() for cell in shown.cells}


def test_a_long_report_is_cut_and_says_so() -> None:
    many = tuple(finding(message="=" * 200) for _ in range(1000))
    text = written("markdown", report(archive(findings=many)))
    assert len(text) < 65_536
    rows = text.count("\n| error |")
    told = re.search(r"^(\d+) more lines are not shown", text, re.MULTILINE)
    assert told is not None
    assert rows + int(told[1]) == 1000
    assert set(Page(text).tags) <= TAGS


def test_what_is_ignored_is_a_table_with_reasons() -> None:
    shown = written("markdown", damaged_report("because"))
    assert "### Ignored in <code>because</code>" in shown
    [row] = [line for line in shown.splitlines() if "<code>name-unsafe</code>" in line]
    assert row.endswith("| <code>because</code> | 2026-12-31 |")
