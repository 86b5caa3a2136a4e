"""docs/secrets.md: what `verify --secrets` looks for, from the table of kinds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from layertar.secrets import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PAGE", "secrets_page"]

#: The page.
PAGE = Path(__file__).resolve().parent.parent / "docs" / "secrets.md"

_HEAD = """\
# What `verify --secrets` looks for

`layertar verify --secrets image.tar` warns of what looks like a private key, a token or a
password: in every file of every layer (`layer-secret`), whether or not an upper layer deletes or
overwrites it, and in the environment, the labels and the history of configs (`config-secret`). It
happens in the reading that proves the digests, for a file, a pipe and a directory alike; nothing is
sent anywhere, and nothing is tried.

```console
$ layertar verify --secrets image.tar
warning  layer-secret: layer 0: blobs/sha256/5a59...: root/.aws/credentials: an AWS secret access \
key at byte 34; deleted by layer 1
```

**No value is shown or kept.** A finding says which kind, in which layer and file, at which byte,
and how an upper layer hides the file. JSON has the kind's name as `measured`. The history that a
report quotes has `***` in place of values; `layertar history` and `layertar config` show what is
recorded.

**How it is known.** By the pattern that its issuer documents or that scanners agree on. What has a
checksum (GitHub, npm) must have the right one; a PEM frame must hold a key as long as the key
itself says; a placeholder, a reference such as `${TOKEN}`, the examples of well-known manuals and
the keys that GnuTLS tests itself with are none. Where only the surroundings tell, they must be
there: files of such names, and what a config records.

**What is not seen:** what is in a file that is compressed or encrypted itself, keys in binary form
(PKCS #12, DER, JKS), passwords without a pattern, and what is in attestations and other artifacts.
That nothing was found does not mean that there is nothing. Test keys that packages bring along are
keys, and are told; the policy can [ignore](configuration.md) what is known.

At most 100 files a layer are told one by one; the rest is counted. `--fail-on warning`, or
`--severity layer-secret=error`, makes it the exit code; `look-for = ["secrets"]` in a policy asks
for it every time.
"""


def secrets_page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *_kinds(), ""])


def _kinds() -> Iterator[str]:
    yield from ("| kind | | who says what it looks like |", "|---|---|---|")
    for kind in KINDS.values():
        yield f"| `{kind.name}` | {kind.summary} | {kind.source} |"
