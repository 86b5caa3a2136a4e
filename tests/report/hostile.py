"""Texts that an archive's author would choose, and how a report is written to a string."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from layertar.report.register import REPORTERS, TextStyle

if TYPE_CHECKING:
    from layertar.report.model import Report

__all__ = ["ANY_TEXT", "HOSTILE", "written"]

#: Each is a command, markup or a formula of some format.
HOSTILE = (
    "\x1b[2J\x1b]0;title\x07 \x00 \x08 \x7f \x9b31m",
    "a\n::error::forged\r\n::add-mask::x",
    "%0A::error file=x::forged%0D%25",
    "x,title=forged:: and ##[error]forged",
    "]]></failure></testcase><testcase name='forged'/> & &amp; \" '",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "![x](https://evil.example/x.png) [click](javascript:alert(1)) https://evil.example",
    "www.evil.example @everyone #1 !1 `code` **bold** | cell | ~~x~~ _y_ \\",
    "</code> | a | b |\n|---|---|",
    "=cmd|'/C calc'!A0\",\"forged",
    "+1+1",
    "@SUM(1,1)",
    "-2+3",
    "\t=1+1",
    "{0} {1} [link](1) {{",
    "caf\udce9 \ud800 \udfff",
    "\u202egnp.exe \u200b \ufeff \ufffe \U000e0041",
    "/etc/../../passwd",
    "",
)

ANY_TEXT = st.sampled_from(HOSTILE) | st.text(alphabet=st.characters(exclude_categories=()))


def written(form: str, report: Report) -> str:
    """What `report` is in the format `form`."""
    out = StringIO()
    REPORTERS[form](TextStyle()).write(report, out)
    return out.getvalue()
