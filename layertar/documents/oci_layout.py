"""OciLayout: the marker of a layout, `oci-layout`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.documents._document import Document
from layertar.documents._object import read_root
from layertar.errors import DocumentError
from layertar.fault import Fault
from layertar.value import dataclass

if TYPE_CHECKING:
    from layertar.limits import Limits

__all__ = ["OciLayout", "parse_oci_layout"]

# It did not move with the specification: also layouts of 1.1 say 1.0.0.
_VERSION = "1.0.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class OciLayout:
    """The marker of a layout, as recorded.

    Attributes:
        raw: the document's bytes.
        version: `imageLayoutVersion`; `None` where the marker does not say.
        faults: what was met while reading.
    """

    raw: bytes
    version: str | None
    faults: tuple[Fault, ...]


def parse_oci_layout(raw: bytes, *, member: str, limits: Limits) -> OciLayout:
    """Read the marker; unlike other documents also where nothing of it can be read.

    By a marker that is empty, or has no version, containerd turns to `manifest.json`; at any
    other version than 1.0.0 it refuses; skopeo reads on. So it is told, and never stops us.

    Spec: OCI image-spec, image-layout.md, oci-layout file.
    """
    try:
        document = Document(raw, member=member, limits=limits)
        root = read_root(document)
    except DocumentError as error:
        fault = Fault("oci-layout-version", error.reason, member, error.offset, pointer="")
        return OciLayout(raw=raw, version=None, faults=(fault,))
    version = root.string("imageLayoutVersion") or None
    if version != _VERSION:
        document.log.add(
            "oci-layout-version",
            "no imageLayoutVersion" if version is None else f"not version {_VERSION}",
            pointer=root.place("imageLayoutVersion"),
            recorded=version,
        )
    return OciLayout(raw=raw, version=version, faults=document.faults())
