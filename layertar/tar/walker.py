"""LayerWalker: rides on a layer's uncompressed bytes and counts and judges its entries."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from layertar.fault import Severity
from layertar.tar.entry import Entry
from layertar.tar.faultlog import FaultLog
from layertar.tar.header import BLOCK, PLAIN_HEADER, ascii_checksum
from layertar.tar.parser import TarParser

if TYPE_CHECKING:
    from layertar.fault import Fault
    from layertar.limits import Limits

__all__ = ["LayerFacts", "LayerWalker"]

# Constructs that readers see differently. What is merely odd in an archive (devices, vendor
# types, padding, no end marker) is everyday in a layer.
_DEFECTS = frozenset(
    {
        "archive-lone-zero-block",
        "tar-bad-checksum",
        "tar-header-ambiguous",
        "tar-size-invalid",
        "tar-size-override",
    }
)


class LayerFacts(NamedTuple):
    """What a walk over a layer's tar found.

    Attributes:
        is_tar: a readable first header, or only zero blocks.
        entries: members met, extended headers not counted.
        size: bytes fed.
        truncated: `layer-tar-truncated`: it ends inside a header or a member's data.
        defects: `layer-tar-defect`: constructs that readers see differently, and
            `limit-exceeded`, by offset; at most `Limits.faults`.
        defect_count: how many there are, whether kept or not.
        trailing: `layer-trailing-in-tar`: bytes behind the end marker that are not zero.
        sparse: members stored sparse.
        first_name: the name of the first entry, as recorded.
    """

    is_tar: bool
    entries: int
    size: int
    truncated: Fault | None
    defects: tuple[Fault, ...]
    defect_count: int
    trailing: Fault | None
    sparse: int
    first_name: str | None


class LayerWalker:
    """Walks one layer, fed its uncompressed bytes piece by piece, in constant memory.

    Plain members that lie whole in a piece are passed at once; every other byte goes through
    a `TarParser`, so both find the same.
    """

    def __init__(self, limits: Limits) -> None:
        """Begin before the first byte."""
        self._limits = limits
        self._parser = TarParser(limits)
        self._log = FaultLog(limits.faults)
        self._entries = 0
        self._sparse = 0
        self._first_name: str | None = None

    def feed(self, piece: bytes | memoryview) -> None:
        """Take the next bytes; pieces of 64 KiB and more are walked fastest."""
        parser = self._parser
        view = memoryview(piece)
        position, end = 0, len(view)
        while position < end:
            if self._entries and parser.between_members:
                passed = self._pass_plain(view, position)
                parser.leap(passed)
                position += passed
            due = parser.remaining + parser.padding
            if due:
                step = min(due, end - position)
                parser.skip(step)
            else:
                # Not more than is needed, so that the next header may be a plain one again.
                step = min(parser.needed or end, end - position)
                for event in parser.feed(view[position : position + step]):
                    if isinstance(event, Entry):
                        self._take(event)
            position += step

    def _pass_plain(self, view: memoryview, start: int) -> int:
        """Return how many bytes from `start` are whole members with nothing to say of them."""
        match = PLAIN_HEADER.match
        position, end = start, len(view)
        entries = 0
        while position + BLOCK <= end:
            block = bytes(view[position : position + BLOCK])
            found = match(block)
            if found is None or not block.isascii():
                break
            size, checksum, typeflag = found.groups()
            if ascii_checksum(block) != int(checksum, 8):
                break
            data = int(size, 8)
            following = position + BLOCK + data + -data % BLOCK
            if following > end or (data and typeflag != b"0"):
                break
            position = following
            entries += 1
        self._entries += entries
        return position - start

    def _take(self, entry: Entry) -> None:
        self._entries += 1
        if self._first_name is None:
            self._first_name = entry.name[: self._limits.name_length]
        for fault in entry.faults:
            self._judge(fault)

    def _judge(self, fault: Fault) -> None:
        if fault.rule == "tar-sparse-member":
            self._sparse += 1
        elif fault.rule in _DEFECTS and fault.severity is not Severity.NOTE:
            self._log.add(fault._replace(rule="layer-tar-defect", severity=None))
        elif fault.rule == "limit-exceeded":
            # No mere defect: what lies beyond a bound was not judged.
            self._log.add(fault)

    def finish(self) -> LayerFacts:
        """Say that no more is coming, and return what was found. To be called once."""
        parser = self._parser
        # Layers without their last padding are everyday; all that they hold is there.
        whole = not parser.remaining and parser.padding > 0
        parser.finish()
        truncated = trailing = None
        for fault in parser.faults:
            if fault.rule == "archive-truncated":
                truncated = None if whole else fault._replace(rule="layer-tar-truncated")
            elif fault.rule == "archive-trailing-data":
                severity = Severity.WARNING
                trailing = fault._replace(rule="layer-trailing-in-tar", severity=severity)
            else:
                self._judge(fault)
        uncounted = sum(
            count - sum(fault.rule == rule for fault in parser.faults)
            for rule, count in parser.fault_counts.items()
            if rule in _DEFECTS or rule == "limit-exceeded"
        )
        defects = sorted(self._log.kept, key=lambda fault: fault.offset or 0)
        return LayerFacts(
            is_tar=parser.is_tar,
            entries=self._entries,
            size=parser.offset,
            truncated=truncated,
            defects=tuple(defects[: self._limits.faults]),
            defect_count=sum(self._log.counts.values()) + uncounted,
            trailing=trailing,
            sparse=self._sparse,
            first_name=self._first_name,
        )
