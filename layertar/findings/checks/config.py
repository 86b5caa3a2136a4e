"""Configs against layers: counts, history, names and platforms (R8 to R10, R29)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.findings.draft import Draft, Order
from layertar.findings.evidence import Subject
from layertar.findings.model import Location, Severity, failed, note, warning
from layertar.image import is_tar_layer
from layertar.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.archive import RecordedImage
    from layertar.findings.evidence import Evidence

__all__ = [
    "RULES",
    "check_counts",
    "check_platform",
    "check_root",
    "check_user",
    "counts_differ",
]

_DOCKER_MAXIMUM = 125
_USER_MAXIMUM = (1 << 31) - 1
_NUMBER = regex(r"[0-9]{1,32}")

RULES = (
    failed("config-name-mismatch",
           "A config is not what its name in a docker view says.",
           "Find out who edited or renamed it; save the image again.",
           "moby/moby, image/spec/v1.2.md; moby/moby, daemon/internal/image/tarexport/load.go",
           why="In a docker save archive this name is all that binds the config. docker load, "
           "podman and crane never compare it, and load an edited config under a new image ID."),
    note("config-unanchored",
         "Nothing records what the config should be: its name is no digest.",
         "Compare the image ID with one that you trust: --expect.",
         "GoogleContainerTools/jib, ImageTarball.java",
         why="jib calls it config.json: the layers can be proved by it, but whoever edits it "
         "goes unnoticed."),
    failed("layer-count-mismatch",
           "The config records another number of diff_ids than the image has layers.",
           "Save or build the image again.",
           "OCI image-spec, config.md, rootfs; moby/moby, daemon/internal/image/tarexport/load.go",
           why="docker load, containerd and podman's docker-archive refuse it on loading or "
           "unpacking; umoci accepts too many layers and crashed on too few."),
    note("history-layer-count",
         "The history records another number of layers than there are.",
         "None needed, unless Docker has to load it.",
         "OCI image-spec, config.md, history; moby/moby, daemon/internal/image/tarexport/load.go",
         why="Instructions cannot be matched with layers; docker load refuses a history with "
         "more entries for layers than there are."),
    warning("config-platform-mismatch",
            "The config records another platform than the index.",
            "Build the index again with the platform of the config.",
            "OCI image-spec, image-index.md, platform",
            why="A pull chooses by the index and a runtime starts what the config describes, so "
            "the wrong image may be chosen and fail to run."),
    warning("layer-count-excessive",
            "The image has more layers than Docker can load.",
            "Squash it, if Docker on a classic store has to load it.",
            "moby/moby, layer/layer_store.go",
            why="docker load on the classic store refuses more than 125: its drivers take 127, "
            "of which it needs 2 itself."),
    warning("config-user-overflow", "The config's user is a number too large.",
            "Build the image with a user ID below 2147483648.",
            "CVE-2024-40635",
            why="containerd before 1.6.38, 1.7.27 and 2.0.4 runs it as root."),
)  # fmt: skip


def counts_differ(record: RecordedImage) -> bool:
    """Whether layers and diff_ids cannot be matched by position (R8).

    The rule holds for an image config with at least one layer of an image's kind. An image of
    no layers needs no diff_ids, yet must not record any.
    """
    document = record.config_document
    if document is None:
        return False
    if record.layers and not any(is_tar_layer(layer.claim) for layer in record.layers):
        return False
    return len(document.diff_ids or ()) != record.layer_total


def check_counts(evidence: Evidence) -> Iterator[Draft]:
    """Compare the numbers of layers, diff_ids and history entries (R8, R9)."""
    for number, image in enumerate(evidence.images):
        # An opaque type in an OCI view excuses nothing in a docker view, which has no types.
        record = next(filter(counts_differ, image.records), image.first)
        document = record.config_document
        if document is None:
            continue
        config = record.config.member if record.config is not None else None
        key = evidence.image_key(number)
        subjects = frozenset({Subject("image", number)})
        name = config.name if config is not None else None
        diff_ids = document.diff_ids
        if counts_differ(record):
            recorded = "no" if diff_ids is None else str(len(diff_ids))
            message = f"{name}: {recorded} diff_ids recorded for {record.layer_total} layers"
            yield Draft(
                "layer-count-mismatch",
                message,
                Location(member=name, pointer="/rootfs/diff_ids", image=key),
                recorded=str(len(diff_ids)) if diff_ids is not None else None,
                measured=str(record.layer_total),
                cause=("count", number),
                order=Order.COUNT,
                within=config,
                subjects=subjects,
            )
        if record.layer_total > _DOCKER_MAXIMUM:
            message = f"{record.layer_total} layers; Docker loads at most {_DOCKER_MAXIMUM}"
            location = Location(member=name, image=key)
            yield Draft("layer-count-excessive", message, location, subjects=subjects)
        made = sum(not entry.empty_layer for entry in document.history)
        if document.history and diff_ids is not None and made != len(diff_ids):
            refused = made > len(diff_ids)
            message = f"{name}: the history records {made} layers, diff_ids {len(diff_ids)}"
            yield Draft(
                "history-layer-count",
                message + ("; docker load refuses that" if refused else ""),
                Location(member=name, pointer="/history", image=key),
                recorded=str(made),
                measured=str(len(diff_ids)),
                within=config,
                subjects=subjects,
                severity=Severity.WARNING if refused else None,
            )


def check_platform(evidence: Evidence) -> Iterator[Draft]:
    """Compare the platform of an index's entry with its config's."""
    for number, image in enumerate(evidence.images):
        record = image.first
        document, listed = record.config_document, record.platform
        if document is None or listed is None or record.view == "docker-v1":
            continue
        mine = document.platform
        if None in (mine.os, mine.architecture, listed.os, listed.architecture):
            continue
        one, other = listed.normalised, mine.normalised
        # A variant that only one of the two records contradicts nothing.
        differs = one[:2] != other[:2] or (one[2] and other[2] and one[2] != other[2])
        if differs:
            name = record.config.member.name if record.config and record.config.member else None
            message = f"{record.document}#{record.pointer} says {listed}, the config {mine}"
            yield Draft(
                "config-platform-mismatch",
                message,
                Location(member=name, image=evidence.image_key(number)),
                recorded=str(listed),
                measured=str(mine),
                within=record.config.member if record.config is not None else None,
                subjects=frozenset({Subject("image", number)}),
            )


def check_root(evidence: Evidence) -> Iterator[Draft]:
    """Tell a docker view's config that not even its name anchors."""
    for number, image in enumerate(evidence.images):
        claim = image.first.config
        if image.views != ("docker",) or claim is None or not claim.is_present:
            continue
        if claim.digest is None:
            message = f"{claim.path}: nothing in the archive records this config's digest"
            yield Draft(
                "config-unanchored",
                message,
                Location(member=claim.path, image=evidence.image_key(number)),
                cause=("unanchored", claim.member),
                subjects=frozenset({Subject("image", number)}),
            )


def check_user(evidence: Evidence) -> Iterator[Draft]:
    """Tell a user or group number that overflows where it is used (CVE-2024-40635)."""
    for number, image in enumerate(evidence.images):
        document, claim = image.first.config_document, image.first.config
        user = document.user if document is not None else None
        if not user or claim is None:
            continue
        for part in user.split(":", 1):
            if _NUMBER.fullmatch(part) and int(part) > _USER_MAXIMUM:
                name = claim.member.name if claim.member is not None else claim.path
                yield Draft(
                    "config-user-overflow",
                    f"{name}: the user {user!r} is a number above {_USER_MAXIMUM}",
                    Location(member=name, pointer="/config/User", image=evidence.image_key(number)),
                    recorded=user,
                    subjects=frozenset({Subject("image", number)}),
                )
                break
