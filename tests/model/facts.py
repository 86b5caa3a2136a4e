"""What the model answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ModelImage", "ModelLayer", "ModelReport", "OutOfScopeError", "worst"]

# Issue 3, "Exit 0 means proved": the worst wins.
_ORDER: Final = ("verified", "unverifiable", "incomplete", "failed", "unreadable")
# What a layer is, in the words of what it makes of its image.
_LAYERS: Final = {"missing": "incomplete", "external": "verified"}


class OutOfScopeError(Exception):
    """The archive is odd in a way on which the model has no opinion."""


class ModelLayer(NamedTuple):
    """A layer, measured; `None` where there are no bytes, or none within them.

    Attributes:
        is_tar: its bytes are those of a tar, in whatever compression.
        is_other_form: its type says that they are encrypted, or a file system that is no tar.
    """

    digest: str | None
    diff_id: str | None
    verdict: str
    is_tar: bool = True
    is_other_form: bool = False


class ModelImage(NamedTuple):
    """An image, measured.

    Attributes:
        apart: its verdict apart from the indexes that lead to it.
    """

    manifest_digest: str | None
    image_id: str | None
    verdict: str
    layers: tuple[ModelLayer, ...]
    apart: str


class ModelReport(NamedTuple):
    """An archive: its verdict, each of its images once, and its artifacts: digest, verdict.

    Artifacts are manifests only; blobs that an index lists without one have no name to go by.

    Attributes:
        is_vague: a descriptor takes one kind of document for another, so that which images
            there are is a matter of taste; the archive's verdict holds.
    """

    verdict: str
    images: tuple[ModelImage, ...] = ()
    artifacts: tuple[tuple[str, str], ...] = ()
    is_vague: bool = False


def worst(verdicts: Iterable[str]) -> str:
    """The worst of some verdicts, of layers too; verified where there are none."""
    words = [_LAYERS.get(verdict, verdict) for verdict in verdicts]
    return max(words, key=_ORDER.index, default="verified")
