"""An in-toto Statement about one archive: what it holds, and that it was verified. Unsigned.

Statement v1 (in-toto/attestation, spec/v1/statement.md) with SLSA's predicate of a verification
summary (slsa.dev/verification_summary/v1). Its subjects are what was measured. Nothing in it
says by whom or how an image was built, so its levels are `SLSA_BUILD_LEVEL_UNEVALUATED`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.image.model import Verdict
from layertar.report.escape import encodable
from layertar.report.json_v1 import write_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from layertar.digest import Digest
    from layertar.image.model import Image
    from layertar.report.json_v1 import Value
    from layertar.report.model import ArchiveReport, Report

__all__ = ["is_passed", "write_statement"]

_STATEMENT = "https://in-toto.io/Statement/v1"
_PREDICATE = "https://slsa.dev/verification_summary/v1"
_VERIFIER = "pkg:pypi/layertar"


def is_passed(archive: ArchiveReport) -> bool:
    """Whether everything in an archive is proved."""
    return archive.verdict is Verdict.VERIFIED and not archive.summary.errors


def write_statement(
    report: Report,
    out: TextIO,
    *,
    resource_uri: str | None = None,
    time_verified: str | None = None,
) -> None:
    """Write the statement about the one archive of `report`.

    Args:
        report: a report of `verify`; the file's own digest is a subject where it has one.
        out: where to.
        resource_uri: what the archive is called there; by default its name, percent-encoded.
        time_verified: when, as RFC 3339 writes it; left out by default: no clock is read.
    """
    (archive,) = report.archives
    passed = is_passed(archive)
    predicate: dict[str, Value] = {
        "verifier": {"id": _VERIFIER, "version": {"layertar": report.tool_version}}
    }
    if time_verified is not None:
        predicate["timeVerified"] = time_verified
    predicate |= {
        "resourceUri": _uri(archive) if resource_uri is None else resource_uri,
        "policy": {"uri": f"{_VERIFIER}@{report.tool_version}#docs/rules.md"},
        "inputAttestations": iter(()),
        "verificationResult": "PASSED" if passed else "FAILED",
        "verifiedLevels": iter(("SLSA_BUILD_LEVEL_UNEVALUATED" if passed else "FAILED",)),
    }
    statement: Value = {
        "_type": _STATEMENT,
        "subject": ({"name": name, "digest": {digest.algorithm: digest.encoded}}
                    for digest, name in _subjects(archive).items()),
        "predicateType": _PREDICATE,
        "predicate": predicate,
    }  # fmt: skip
    write_json(statement, out)


def _uri(archive: ArchiveReport) -> str:
    # Only this format needs it.
    from urllib.parse import quote  # noqa: PLC0415

    name = quote(encodable(archive.name))
    return f"file://{name}" if name.startswith("/") else f"file:{name}"


def _subjects(archive: ArchiveReport) -> dict[Digest, str]:
    """Name each digest once, in the archive's order."""
    found: dict[Digest, str] = {}
    if archive.digest is not None:
        found[archive.digest] = archive.name
    for number, image in enumerate(archive.images):
        name = image.names[0] if image.names else f"image {number}"
        if len(archive.images) > 1 and image.platform is not None:
            name += f" {image.platform}"
        for digest, called in _of_image(image, name):
            if digest is not None:
                found.setdefault(digest, called)
    return found


def _of_image(image: Image, name: str) -> Iterator[tuple[Digest | None, str]]:
    yield image.manifest_digest, name
    yield image.index_digest, f"{name} (index)"
    yield image.image_id, f"{name} (image ID)"
    for layer in image.layers:
        yield layer.digest, f"{name} (layer {layer.position})"
