"""docs/configuration.md: every key of a policy file, from the table that the code reads by."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from layertar.policy.keys import KEYS
from layertar.policy.model import FORBIDDEN

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["EXAMPLE", "PAGE", "configuration_page"]

_DOCS = Path(__file__).resolve().parent.parent / "docs"
#: The page.
PAGE = _DOCS / "configuration.md"
#: The example that it shows.
EXAMPLE = _DOCS / "layertar.toml"

_HEAD = """\
# Configuration: a policy for archives

`layertar verify` proves that an archive is what it records. A policy says what it must be
besides: whose labels it carries, how large it may be, what it may not hold. It is a file:

- `--config FILE` names it;
- else `layertar.toml` in the working directory is followed, or
- the table `[tool.layertar]` of `pyproject.toml` there, if there is no `layertar.toml`. (Below,
  `[budget]` is then `[tool.layertar.budget]`.)

No directory above the working directory is looked at, and a file that was found, and not named, is
told on standard error. `--no-config` follows none: use it where the working directory is not
yours, since whoever can write there decides what is found to be an error.

A policy is followed in full or not at all: a key that does not exist, a value that is not
allowed, a rule or word that is mistyped end the command with exit code 2, the place and the
nearest that there is.

**A policy never changes a verdict.** `verified` and `failed` say what is proved, `policy-…`
findings say what was agreed. They are errors, so that the exit code is 1, unless `[severity]`
or `--severity` says otherwise; they say nothing of who is right. What could not be measured,
because it is not there or a bound ended the reading, does not comply: it is not known to.
Policies are for `verify` alone; `inspect` follows none.

## An example

The file [layertar.toml](layertar.toml) beside this page:

```toml
"""

_IGNORING = """\
## Ignoring findings

An entry of `[[ignore]]` is about the findings of one rule, in one image, of certain bytes or at
certain members. What it ignores does not count for the exit code, and is not lost: reports show
it with the reason (`ignored` in JSON; suppressed in SARIF; skipped in JUnit), and the verdict stays
what it is: an archive that is damaged is `failed`, whatever is ignored. A digest is compared
with what was *measured*, so no other bytes pass under it; the digest of an image stands for all
findings of that rule in it, whatever they are.

- An entry that ignores nothing in any archive of the run is told: `policy-ignore-unused`, a note,
  with the last of them. Where an archive could not be read, or measuring ended early, nobody can
  say so, and nothing is.
- An entry whose `until` has passed ignores nothing more, and is told: `policy-ignore-expired`, a
  note. The day is that of `--now`, or today, in UTC.
- An input that cannot be read at all (exit code 3) is not ignored.

## From Python

```python
from datetime import UTC, datetime
from pathlib import Path

import layertar

policy = layertar.parse_policy(Path("docs/layertar.toml").read_bytes(), "docs/layertar.toml")
report = layertar.verify(
    "fixtures/real/docker-20.10-one-image.tar", policy=policy, now=datetime.now(UTC)
)
print([finding.message for finding in report.archives[0].findings])
```

The library reads neither the file nor the clock: it gets both.
"""


def configuration_page() -> str:
    """The page."""
    return "\n".join([_HEAD.rstrip("\n"), EXAMPLE.read_text("utf-8").rstrip("\n"), *_rest()])


def _rest() -> Iterator[str]:
    yield from ("```", "", "## Keys", "", "| key | takes | |", "|---|---|---|")
    for key in KEYS:
        cells = (f"`{key.name}`", key.takes, key.meaning)
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
    yield from ("", "What `forbid` may name:", "", "| name | |", "|---|---|")
    for name, meaning in FORBIDDEN.items():
        yield f"| `{name}` | {meaning} |"
    yield from ("", _IGNORING.rstrip("\n"), "")
