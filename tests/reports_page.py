"""The examples of docs/reports.md: each format as it is printed.

`python -m tests.readme` writes them anew; a test compares.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from io import StringIO
from pathlib import Path

from layertar import REPORTERS, verify
from layertar.report.register import TextStyle

__all__ = ["EXAMPLE", "LANGUAGES", "example", "printed"]

ROOT = Path(__file__).resolve().parent.parent

#: The archive of all examples.
EXAMPLE = "fixtures/synthetic/faulty-altered-layer.tar"

#: The language of each format's example.
LANGUAGES = {
    "text": "text",
    "json": "json",
    "jsonl": "json",
    "junit": "xml",
    "sarif": "json",
    "github": "text",
    "gitlab": "json",
    "markdown": "markdown",
    "csv": "csv",
}


def example(form: str) -> str:
    """The example of a format, as the page shows it."""
    return f"```{LANGUAGES[form]}\n{_shortened(form).rstrip()}\n```"


def printed(form: str) -> str:
    """What the command prints for the example."""
    report = verify(ROOT / EXAMPLE)
    report = replace(report, archives=(replace(report.archives[0], name=EXAMPLE),))
    out = StringIO()
    REPORTERS[form](TextStyle()).write(report, out)
    return out.getvalue().replace("\r\n", "\n")


def _shortened(form: str) -> str:
    text = printed(form)
    match form:
        case "json":
            document = json.loads(text)
            [archive] = document["archives"]
            for image in archive["images"]:
                image["layers"] = image["layers"][-1:]
            archive["findings"] = [{**archive["findings"][0], "related": []}]
            return json.dumps(document, indent=2)
        case "junit":
            return re.sub(r" *<testcase [^>]*/>\n", "", text)
        case "sarif":
            log = json.loads(text)
            [run] = log["runs"]
            run["tool"]["driver"]["rules"] = run["tool"]["driver"]["rules"][:1]
            run["results"] = run["results"][:1]
            run["results"][0]["relatedLocations"] = run["results"][0]["relatedLocations"][:1]
            return json.dumps(log, indent=2)
    return text
