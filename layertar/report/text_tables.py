"""Text tables: the layers of an image and the artifacts of an archive, one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.report.escape import escape
from layertar.report.table import (
    Column,
    digest_text,
    human_size,
    layout,
    narrowest,
    shortest_digits,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeVar

    from layertar.digest import Digest
    from layertar.image.model import Artifact, Layer
    from layertar.report.model import Report

    Row = TypeVar("Row", Layer, Artifact)
    Value = TypeVar("Value", Digest, int)

__all__ = ["RECORDED_MARK", "Tables", "shortened"]

#: Stands behind a value that was recorded and could not be measured.
RECORDED_MARK = "?"

_LAYER_COLUMNS = (
    Column("#", right=True),
    Column("digest"),
    Column("diff_id"),
    Column("size", right=True),
    Column("unpacked", right=True),
    Column("codec"),
    Column("created by", room=8),
    Column("verdict"),
)
_ARTIFACT_COLUMNS = (
    Column("digest"),
    Column("type", room=12),
    Column("size", right=True),
    Column("blobs", right=True),
    Column("attached to"),
    Column("verdict"),
)
# Only where an artifact has one: attestations and signatures have none.
_NAME_COLUMN = Column("name", room=12)
_CREATED_BY_LENGTH = 60
# What the classic builder writes before each command says nothing to a reader.
_SHELL_PREFIXES = ("/bin/sh -c #(nop) ", "/bin/sh -c ")


class Tables:
    """Lays out the tables of one report.

    Attributes:
        digits: to how many digits digests were cut in some table; `None` where in none.
        marked: whether some value bears `RECORDED_MARK`.
    """

    def __init__(self, report: Report, width: int | None) -> None:
        """Lay out tables of `report` for lines of `width` characters, `None` for any."""
        self.digits: int | None = None
        self.marked = False
        self._report = report
        self._width = width
        # What `inspect` shows is all recorded, and its heading says so.
        self._mark = RECORDED_MARK if report.command == "verify" else ""

    def layers(self, layers: Sequence[Layer]) -> Iterator[list[str]]:
        """Lay out heading and rows, base first; the last cell is the verdict."""
        return self._fitted(_LAYER_COLUMNS, layers, self._layer)

    def artifacts(self, artifacts: Sequence[Artifact]) -> Iterator[list[str]]:
        """Lay out heading and rows, in document order; the last cell is the verdict."""
        if not any(artifact.names for artifact in artifacts):
            return self._fitted(_ARTIFACT_COLUMNS, artifacts, self._artifact)
        return self._fitted((_NAME_COLUMN, *_ARTIFACT_COLUMNS), artifacts, self._named_artifact)

    def _fitted(
        self,
        columns: Sequence[Column],
        values: Sequence[Row],
        cells: Callable[[Row, Callable[[Digest], str]], list[str]],
    ) -> Iterator[list[str]]:
        rows = [cells(value, digest_text(None)) for value in values]
        if self._width is not None and narrowest(columns, rows) > self._width:
            if self.digits is None:
                self.digits = shortest_digits(_digests(self._report))
            rows = [cells(value, digest_text(self.digits)) for value in values]
        return layout(columns, rows, self._width)

    def _layer(self, layer: Layer, digest: Callable[[Digest], str]) -> list[str]:
        recorded = layer.recorded
        unpacked = layer.uncompressed_size
        return [
            str(layer.position),
            self._cell(layer.digest, recorded.digest, digest),
            self._cell(layer.diff_id, recorded.diff_id, digest),
            self._cell(layer.size, recorded.size, human_size),
            "-" if unpacked is None else human_size(unpacked),
            layer.compression or "-",
            shortened(layer.created_by) if layer.created_by else "-",
            layer.verdict.value,
        ]

    def _cell(
        self,
        measured: Value | None,
        recorded: Value | None,
        text: Callable[[Value], str],
    ) -> str:
        if measured is not None:
            return text(measured)
        if recorded is None:
            return "-"
        self.marked = self.marked or bool(self._mark)
        return text(recorded) + self._mark

    @staticmethod
    def _artifact(artifact: Artifact, digest: Callable[[Digest], str]) -> list[str]:
        return [
            "-" if artifact.digest is None else digest(artifact.digest),
            escape(artifact.artifact_type or artifact.media_type or "-"),
            "-" if artifact.size is None else human_size(artifact.size),
            str(len(artifact.blobs)),
            "-" if artifact.subject is None else digest(artifact.subject),
            artifact.verdict.value,
        ]

    def _named_artifact(self, artifact: Artifact, digest: Callable[[Digest], str]) -> list[str]:
        names = ", ".join(escape(name) for name in artifact.names)
        return [names or "-", *self._artifact(artifact, digest)]


def shortened(created_by: str) -> str:
    """Cut an instruction to one line of `_CREATED_BY_LENGTH` characters."""
    # No more of it than can be shown is looked at: it may be megabytes.
    text = created_by[: 4 * _CREATED_BY_LENGTH]
    for prefix in _SHELL_PREFIXES:
        text = text.removeprefix(prefix)
    text = escape(" ".join(text.split()))
    if len(text) > _CREATED_BY_LENGTH:
        return text[: _CREATED_BY_LENGTH - 3] + "..."
    return text


def _digests(report: Report) -> Iterator[Digest]:
    """Every digest of the report, since all in it must stay told apart."""
    for archive in report.archives:
        for image in archive.images:
            yield from _known(image.image_id, image.manifest_digest, image.index_digest)
            said = image.recorded
            yield from _known(said.image_id, said.manifest_digest, said.index_digest)
            if image.config is not None:
                yield from _known(image.config.digest, image.config.recorded.digest)
            for layer in image.layers:
                yield from _known(layer.digest, layer.diff_id)
                yield from _known(layer.recorded.digest, layer.recorded.diff_id)
        for artifact in archive.artifacts:
            yield from _known(artifact.digest, artifact.subject)
            yield from _known(*(blob.digest for blob in artifact.blobs))


def _known(*digests: Digest | None) -> Iterator[Digest]:
    return (digest for digest in digests if digest is not None)
