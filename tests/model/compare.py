"""What layertar says against what the model says, and what is known to differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from tests.model.kinds import MANIFESTS, is_tar_layer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from layertar import ArchiveReport, Image
    from tests.model.facts import ModelImage, ModelReport

__all__ = ["KNOWN", "Difference", "differences", "unexplained"]


class Difference(NamedTuple):
    """One thing on which the two differ.

    Attributes:
        what: `archive`, `image`, `layer`, `artifact`, or `identity`: which of those there are.
        due: what the model says.
        found: what layertar says.
        image: layertar's, where it is about one.
    """

    what: str
    due: str
    found: str
    image: Image | None = None
    apart: str | None = None


def differences(due: ModelReport, found: ArchiveReport) -> list[Difference]:
    """Compare verdicts, which images there are, and every digest measured."""
    told: list[Difference] = []
    if due.verdict != found.verdict.value:
        told.append(Difference("archive", due.verdict, found.verdict.value))
    if due.is_vague:
        return told
    theirs = {_identity(image): image for image in found.images}
    ours: dict[tuple[object, ...], ModelImage] = {
        (*image[:2], *(layer[:2] for layer in image.layers)): image for image in due.images
    }
    if set(theirs) != set(ours):
        told.append(
            Difference("identity", repr(sorted(ours, key=repr)), repr(sorted(theirs, key=repr)))
        )
    for key in sorted(set(theirs) & set(ours), key=repr):
        told += _of_image(ours[key], theirs[key])
    artifacts = {
        (str(each.digest), each.verdict.value)
        for each in found.artifacts
        if each.digest is not None and each.media_type in MANIFESTS
    }
    if artifacts != set(due.artifacts):
        told += _of_artifacts(dict(due.artifacts), dict(artifacts))
    return told


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _identity(image: Image) -> tuple[object, ...]:
    layers = ((_text(layer.digest), _text(layer.diff_id)) for layer in image.layers)
    return (_text(image.manifest_digest), _text(image.image_id), *layers)


def _of_image(due: ModelImage, found: Image) -> Iterator[Difference]:
    if due.verdict != found.verdict.value:
        yield Difference("image", due.verdict, found.verdict.value, found, due.apart)
    for mine, theirs in zip(due.layers, found.layers, strict=True):
        if mine.verdict != theirs.verdict.value:
            yield Difference("layer", mine.verdict, theirs.verdict.value, found)


def _of_artifacts(due: dict[str, str], found: dict[str, str]) -> Iterator[Difference]:
    if set(due) != set(found):
        yield Difference("identity", repr(sorted(due)), repr(sorted(found)))
    for digest in sorted(set(due) & set(found)):
        if due[digest] != found[digest]:
            yield Difference("artifact", due[digest], found[digest])


# --- What is known to differ, until it is settled -----------------------------------------------


def _is_of_index(each: Difference, _: ArchiveReport) -> bool:
    return each.what == "image" and each.found == each.apart


def _is_without_config(each: Difference, _: ArchiveReport) -> bool:
    return (
        each.what == "layer"
        and each.found == "verified"
        and each.image is not None
        and each.image.verdict.value != "verified"
        and not any(layer.recorded.diff_id for layer in each.image.layers)
    )


def _is_shared(each: Difference, found: ArchiveReport) -> bool:
    is_of_part = each.what in ("image", "layer", "artifact")
    return is_of_part and each.found == "failed" and found.verdict.value == "failed"


def _is_hollow_artifact(each: Difference, _: ArchiveReport) -> bool:
    return each[:3] == ("artifact", "incomplete", "verified")


def _is_opaque_stream(each: Difference, found: ArchiveReport) -> bool:
    return each.found == "failed" and any(
        layer.verdict.value == "failed" and not is_tar_layer(layer.media_type)
        for image in found.images
        for layer in image.layers
    )


#: Each difference that stands, and when it is that one.
KNOWN: Final[dict[str, Callable[[Difference, ArchiveReport], bool]]] = {
    "an image is called verified below a nested index that is not what is recorded": _is_of_index,
    "a docker view's layers are called verified where their config cannot be read": (
        _is_without_config
    ),
    "what a wrong record claims of a member is held against others that use the member": _is_shared,
    "an artifact of which only the manifest is here is called verified": _is_hollow_artifact,
    "compressed streams within layers of unknown type are judged": _is_opaque_stream,
}


def unexplained(due: ModelReport, found: ArchiveReport) -> list[Difference]:
    """The differences that are not known."""
    return [
        each
        for each in differences(due, found)
        if not any(is_known(each, found) for is_known in KNOWN.values())
    ]
