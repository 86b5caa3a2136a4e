"""Completion: what may stand at a place of the command line; a shell adds what it knows itself."""

from __future__ import annotations

from pathlib import Path
from typing import Final

__all__ = ["archive_names", "rule_names"]

# How archives are called; their content counts, but completion reads none.
_ENDINGS: Final = (".tar", ".tgz", ".tzst", ".txz", ".tbz2", ".oci", ".ociarchive")
_PACKED: Final = tuple(f".tar.{packed}" for packed in ("gz", "zst", "xz", "bz2", "lz4", "lzma"))
# Names of one directory that are looked at: a key was pressed, and somebody waits.
_MOST: Final = 10_000


def archive_names(incomplete: str) -> list[str]:
    """Return the archives that `incomplete` may be meant to name, then the directories.

    Where no archive is, nothing is returned: then shells complete names of files by themselves.
    """
    head, slash, start = incomplete.rpartition("/")
    folder = Path(head + slash or ".")
    archives: list[str] = []
    directories: list[str] = []
    try:
        for _, path in zip(range(_MOST), folder.iterdir(), strict=False):
            name = path.name
            if not name.startswith(start) or (name.startswith(".") and not start):
                continue
            if name.lower().endswith((*_ENDINGS, *_PACKED)):
                archives.append(f"{head}{slash}{name}")
            elif path.is_dir():
                directories.append(f"{head}{slash}{name}/")
    except OSError:
        return []
    return [*sorted(archives), *sorted(directories)] if archives else []


def rule_names(incomplete: str) -> list[str]:
    """Return the rules whose names begin so."""
    # Only who asks for them needs them.
    from layertar.findings import RULES  # noqa: PLC0415

    return sorted(name for name in RULES if name.startswith(incomplete))
