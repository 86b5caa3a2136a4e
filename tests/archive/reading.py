"""What an archive records, read without measuring a blob."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from layertar.archive import Archive, read_archive
from layertar.limits import DEFAULT_LIMITS
from layertar.members import ByteCounter, open_content

if TYPE_CHECKING:
    from layertar.archive import RecordedArtifact, RecordedImage, View
    from layertar.limits import Limits
    from layertar.members import Member
    from tests.builders import Built

__all__ = ["images_of", "only_view", "read", "rules_of", "view_of"]


class Sink:
    """Whoever wants no member's bytes."""

    def begin(self, member: Member, *, sha512: bool) -> None:
        """Ignore a member."""

    def data(self, piece: memoryview | bytes) -> None:
        """Ignore its bytes."""

    def end(self) -> None:
        """Ignore its end."""


def read(built: Built, *, prefix: str = "", limits: Limits = DEFAULT_LIMITS) -> Archive:
    """Read every view of an archive, each name behind `prefix`."""
    stream = io.BytesIO(built.tar(prefix=prefix))
    with open_content(stream, Sink(), limits, ByteCounter()) as content:
        return read_archive(content, limits)


def view_of(archive: Archive, name: str) -> View:
    """The view of that name."""
    return next(view for view in archive.views if view.name == name)


def only_view(archive: Archive) -> View:
    """The archive's one view."""
    (view,) = archive.views
    return view


def images_of(archive: Archive) -> tuple[RecordedImage, ...]:
    """The images of the archive's one view."""
    return only_view(archive).images


def artifacts_of(archive: Archive) -> tuple[RecordedArtifact, ...]:
    """The artifacts of the archive's one view."""
    return only_view(archive).artifacts


def rules_of(archive: Archive) -> list[str]:
    """The rules of all that was met while reading, in order."""
    faults = [*archive.faults]
    for view in archive.views:
        faults.extend(view.faults)
    return [fault.rule for fault in faults]
