"""Readers: which of them take what, where they part over how an archive is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.fault import Severity

if TYPE_CHECKING:
    from layertar.fault import Fault

__all__ = ["FIRST_AND_LAST", "VIEWS", "with_readers"]

#: Which copy of a name that occurs twice.
FIRST_AND_LAST = (
    "go-containerregistry and skopeo's docker-archive take the first, containerd, oras and all "
    "that unpack take the last"
)
#: Which view of an archive that has two.
VIEWS = (
    "containerd, docker load on its store and podman with one image take index.json, docker load "
    "on the classic store, crane and most scanners manifest.json"
)

# Rule, and how the fault's words begin -> who reads what (CPython's tarfile, Go's archive/tar,
# GNU tar 1.34, and the advisories that the rules name).
_READERS: tuple[tuple[str, str, str], ...] = (
    ("tar-size-override", "", "most readers take the PAX size, older tar-rs the header's"),
    ("tar-size-invalid", "PAX size", "Go refuses it, Python and GNU tar go on in other ways"),
    ("tar-size-invalid", "", "Go and GNU tar refuse it, Python goes on elsewhere or fails"),
    ("archive-lone-zero-block", "", "Go refuses it, Python and GNU tar stop there"),
    ("tar-bad-checksum", "", "Go refuses it, Python ends there in silence, GNU tar skips ahead"),
    ("tar-header-ambiguous", "two PAX headers", "Go and GNU tar take the last, Python the first"),
    ("tar-header-ambiguous", "global PAX", "Python and GNU tar do"),
    ("tar-header-ambiguous", "NUL in PAX", "Go refuses it, Python keeps it, GNU tar cuts it"),
    ("tar-header-ambiguous", "data under a name", "Go has a file, GNU tar and libarchive do not"),
    ("tar-header-ambiguous", "data after a link", "Go and Python do not, GNU tar partly does"),
)  # fmt: skip


def with_readers(fault: Fault) -> Fault:
    """Return a fault that says, too, which readers take what, where that is known."""
    if fault.severity is Severity.NOTE:
        return fault
    for rule, beginning, readers in _READERS:
        if fault.rule == rule and fault.detail.startswith(beginning):
            return fault._replace(detail=f"{fault.detail}; {readers}")
    return fault
