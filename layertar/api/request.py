"""What a caller asks for, understood."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.findings import NO_LEDGER, NO_LOWERING, NO_PIN, Ledger, LockBy, Lowering
from layertar.image import parse_platform
from layertar.limits import DEFAULT_LIMITS, Limits
from layertar.policy.model import NO_POLICY, Policy
from layertar.value import NamedTuple, dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from layertar.api.inspection import Inspection
    from layertar.digest import Digest
    from layertar.findings import Evidence, Lock, Pin
    from layertar.measure import Riders
    from layertar.members import Content, MemberSink
    from layertar.platform import Platform
    from layertar.report.events import Event
    from layertar.report.model import ArchiveReport

    Consult = Callable[[Content, Evidence, ArchiveReport], None]

__all__ = ["NO_PINS", "Pins", "Progress", "Request", "listing_request", "looking"]


class Progress(NamedTuple):
    """How far the reading of one input is.

    Attributes:
        name: the input, as given.
        done: bytes read, in bytes.
        total: the input's size in bytes; `None` for a pipe and a directory.
    """

    name: str
    done: int
    total: int | None


class Pins(NamedTuple):
    """What archives are held against, beside what they record.

    Attributes:
        lock: what `lock` has written once; `None` for nothing.
        lock_by: which of its identities must hold.
        is_updated: whether it will be written anew: drift is told as a note.
        checksums: names and sha256 of files, as a checksum file lists them; `None` for nothing.
        archive_digest: whether the files' own sha256 is wanted in any case.
    """

    lock: Lock | None = None
    lock_by: LockBy = LockBy.FILE
    is_updated: bool = False
    checksums: Sequence[tuple[str, Digest]] | None = None
    archive_digest: bool = False


#: Hold them against nothing.
NO_PINS = Pins()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the caller asks of each archive.

    Attributes:
        command: `verify` or `inspect`.
        expected: digests that must be an image's, as given and as understood.
        image: the one image to judge, by name or digest.
        platform: the one image to judge, by platform.
        lowering: what to weigh otherwise than is usual.
        content: whether devices, and files that grant rights, are told.
        secrets: whether secrets are, in files and in configs.
        layer_content: whether what layers' entries are called and lead to is looked at.
        limits: the bounds.
        fail_fast: whether to leave off at the first error.
        workers: blobs measured at a time; `None` for one a usable core.
        on_progress: who wants to know how far the reading is.
        on_event: who wants to know of each input, blob and verdict; one call at a time.
        needs_one: whether it must be one image, be it by choice or because there is no other.
        sink: who wants the members of an input that comes once as they pass, and no measurement.
        consult: who looks at an archive that could be read, while it is still open.
        policy: what is required of images.
        now: the instant that ages end at; `None` where the policy needs none.
        ledger: what the policy ignores, over all archives.
        pin: what the archive is held against, beside what it records.
        digests: whether the sha256 of the input as stored is wanted.
        files: whether the digests of all files in it are.
        riders: who wants the members of the tar in each blob; an input that comes once is measured
            for them whatever `command` says.
        inspection: what looks at the files of this input's layers; made anew for each.
    """

    command: str
    expected: tuple[tuple[str, Digest], ...] = ()
    image: str | None = None
    platform: Platform | None = None
    lowering: Lowering = NO_LOWERING
    content: bool = False
    secrets: bool = False
    layer_content: bool = True
    limits: Limits = DEFAULT_LIMITS
    fail_fast: bool = False
    workers: int | None = None
    on_progress: Callable[[Progress], None] | None = None
    on_event: Callable[[Event], None] | None = None
    needs_one: bool = False
    sink: MemberSink | None = None
    consult: Consult | None = None
    policy: Policy = NO_POLICY
    now: datetime | None = None
    ledger: Ledger = NO_LEDGER
    pin: Pin = NO_PIN
    digests: bool = False
    files: bool = False
    riders: Riders | None = None
    inspection: Inspection | None = None

    @property
    def verifies(self) -> bool:
        """Whether layers are measured, too."""
        return self.command == "verify"


def looking(request: Request) -> Request:
    """Let somebody look at the files of one input's layers, if that is wanted."""
    if not request.content and not request.secrets:
        return request
    # Only who asks for it pays for it.
    from layertar.api.inspection import Inspection  # noqa: PLC0415

    look = Inspection(request.limits, rights=request.content, secrets=request.secrets)
    return replace(request, inspection=look, riders=look)


def listing_request(
    *,
    image: str | None,
    platform: str | None,
    verify: bool,
    limits: Limits,
    workers: int | None,
    on_progress: Callable[[Progress], None] | None,
    listing: Riders | None = None,
) -> Request:
    """Understand what a verb that lists is asked for.

    With `listing` it is asked for one image, whose layers are listed where they have to be read
    anyway.

    Raises:
        ArgumentError: `platform` is malformed.
    """
    return Request(
        command="verify" if verify else "inspect",
        image=image,
        platform=parse_platform(platform) if platform is not None else None,
        needs_one=listing is not None,
        limits=limits,
        workers=workers,
        on_progress=on_progress,
        riders=listing,
    )
