"""Policy: how large, how many, how old. What cannot be measured is within no budget."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from layertar.archive import Presence
from layertar.findings.draft import Draft
from layertar.findings.evidence import Subject
from layertar.findings.model import Effect, Location, required
from layertar.policy.model import NO_POLICY
from layertar.units import parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from layertar.archive import RecordedLayer
    from layertar.findings.evidence import Evidence
    from layertar.image import JoinedImage

__all__ = ["RULES", "breach", "check_budget", "judged_images"]

_SOURCE = "layertar, docs/configuration.md"

RULES = (
    required("policy-max-size", "An image is larger than the policy's budget.",
             "Make the image smaller, or raise `budget.max-size`.", _SOURCE,
             why="Its layers together become more than was agreed once they are unpacked; a "
             "layer that could not be measured leaves that open, and counts as more."),
    required("policy-max-layer-size", "A layer is larger than the policy's budget.",
             "Find what makes it large, or raise `budget.max-layer-size`.", _SOURCE,
             why="One change to a large layer moves all of it again; often it holds what a later "
             "one deletes. A layer that could not be measured counts as larger."),
    required("policy-max-layers", "An image has more layers than the policy allows.",
             "Join steps of the build, or raise `budget.max-layers`.",
             "layertar, docs/configuration.md; moby/moby, layer/layer_store.go",
             why="Docker refuses to load an image of more than 125 layers."),
    required("policy-max-created-age", "An image was created longer ago than the policy allows.",
             "Build the image anew, or raise `budget.max-created-age`.",
             "layertar, docs/configuration.md; OCI image-spec, config.md, created",
             why="What an old image contains has had no security updates since. The instant is "
             "only recorded; one that is absent, unreadable or in the future says nothing."),
)  # fmt: skip

# Clocks differ, and zones are mistaken.
_AHEAD = timedelta(days=1)


def breach(
    rule: str,
    message: str,
    image: str | None,
    subject: Subject,
    *,
    member: str | None = None,
    layer: int | None = None,
    recorded: str | None = None,
    measured: str | None = None,
) -> Draft:
    """Say what of an image breaks a policy, whatever else is wrong with it."""
    return Draft(
        rule,
        message,
        Location(member=member, image=image, layer=layer),
        recorded=recorded,
        measured=measured,
        subjects=frozenset({subject}),
        effect=Effect.NONE,
    )


def judged_images(evidence: Evidence) -> Iterator[tuple[Subject, str | None, JoinedImage]]:
    """Iterate over the images of which something is here to be used: subject, digest, image."""
    if evidence.policy is NO_POLICY:
        return
    for number, image in enumerate(evidence.images):
        if image.presence is Presence.DUE:
            yield Subject("image", number), evidence.image_key(number), image


def check_budget(evidence: Evidence) -> Iterator[Draft]:
    """Tell images that are larger or older than they may be."""
    budget = evidence.policy.budget
    for subject, key, image in judged_images(evidence):
        total = image.first.layer_total or len(image.layers)
        if budget.layers is not None and total > budget.layers:
            message = f"{total} layers, where {budget.layers} are allowed"
            yield breach("policy-max-layers", message, key, subject, measured=str(total))
        if not evidence.is_halted:
            yield from _sizes(evidence, subject, key, image)
        if budget.created_age is not None and evidence.now is not None:
            yield from _age(subject, key, image, budget.created_age, evidence.now)


def _sizes(
    evidence: Evidence, subject: Subject, key: str | None, image: JoinedImage
) -> Iterator[Draft]:
    budget = evidence.policy.budget
    sizes = [_uncompressed(evidence, records) for records in image.layers]
    for position, size in enumerate(sizes):
        if budget.layer_size is None or (size is not None and size <= budget.layer_size):
            continue
        allowed = f"where {budget.layer_size} are allowed"
        told = "an unknown number of" if size is None else str(size)
        yield breach(
            "policy-max-layer-size",
            f"layer {position} has {told} bytes uncompressed, {allowed}",
            key,
            subject._replace(position=position),
            layer=position,
            measured=None if size is None else str(size),
        )
    known = sum(size for size in sizes if size is not None)
    unknown = [position for position, size in enumerate(sizes) if size is None]
    unread = max(0, image.first.layer_total - len(sizes))
    if budget.size is None or (known <= budget.size and not unknown and not unread):
        return
    message = f"the layers have {known} bytes uncompressed, where {budget.size} are allowed"
    if unknown or unread:
        message += f"; {len(unknown) + unread} of them could not be measured"
    yield breach("policy-max-size", message, key, subject, measured=str(known))


def _uncompressed(evidence: Evidence, records: tuple[RecordedLayer, ...]) -> int | None:
    for record in records:
        measurement = evidence.measured.of(record.claim)
        if measurement is not None:
            return measurement.uncompressed_size
    return None


def _age(
    subject: Subject, key: str | None, image: JoinedImage, most: timedelta, now: datetime
) -> Iterator[Draft]:
    document = image.first.config_document
    created = document.created if document is not None else None
    try:
        instant = parse_instant(created or "")
    except ValueError:
        told = f"created {created!r}" if created else "no instant of creation is recorded"
        message = f"{told}, so its age is not known"
    else:
        age = now - instant
        if -_AHEAD <= age <= most:
            return
        message = f"created {created}, {age.days} days before {now:%Y-%m-%d}"
        if age < timedelta():
            message = f"created {created}, after {now:%Y-%m-%d}"
        message += f", where {_told(most)} are allowed"
    yield breach("policy-max-created-age", message, key, subject, recorded=created)


def _told(age: timedelta) -> str:
    hours = int(age.total_seconds()) // 3600
    return f"{hours} hours" if hours % 24 else f"{hours // 24} days"
