"""LayerWalker: rides on a layer's uncompressed bytes and counts and judges its entries."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from layertar.fault import Severity
from layertar.tar.content import ContentWatcher
from layertar.tar.entry import Entry
from layertar.tar.faultlog import FaultLog
from layertar.tar.parser import TarParser
from layertar.tar.plain import Batch, pass_plain
from layertar.tar.table import TABLE_NAME, TableHash
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layertar.digest import Digest
    from layertar.fault import Fault
    from layertar.limits import Limits
    from layertar.tar.rider import LayerRider

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
        content: what is wrong with what the entries are called and lead to, by offset
            (`layer-duplicate-path` and others, and `limit-exceeded` where no more was looked
            at); at most `Limits.faults` of each kind; none where nobody asked.
        content_counts: how many there are of each rule, kept or not.
        repeated_directories: the notes of `layer-duplicate-path`, which that does not count.
        table: the digest of the eStargz table of contents, if the layer ends with one.
        content_size: bytes of all members' data together, by their headers.
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
    content: tuple[Fault, ...] = ()
    content_counts: Mapping[str, int] = MappingProxyType({})
    repeated_directories: int = 0
    table: Digest | None = None
    content_size: int = 0


class LayerWalker:
    """Walks one layer, fed its uncompressed bytes piece by piece, in bounded memory.

    Plain members whose headers lie whole in a piece are passed at once; every other header goes
    through a `TarParser`, so both find the same.
    """

    def __init__(
        self, limits: Limits, *, content: bool = True, rider: LayerRider | None = None
    ) -> None:
        """Begin before the first byte.

        Args:
            limits: the bounds.
            content: whether to look at what the entries are called and lead to.
            rider: who wants the entries themselves.
        """
        self._rider = rider
        self._is_watched = content or rider is not None
        self._limits = limits
        self._parser = TarParser(limits)
        self._log = FaultLog(limits.faults)
        self._content = ContentWatcher(limits) if content else None
        self._table = TableHash()
        self._entries = 0
        self._content_size = 0
        self._sparse = 0
        self._first_name: str | None = None

    def feed(self, piece: bytes | memoryview) -> None:
        """Take the next bytes; pieces of 64 KiB and more are walked fastest."""
        parser, table = self._parser, self._table
        view = memoryview(piece)
        position, end = 0, len(view)
        data = b""
        while position < end:
            if self._entries and parser.between_members:
                data = piece if isinstance(piece, bytes) else data or bytes(piece)
                position = self._pass_plain(data, view, position)
            due = parser.remaining + parser.padding
            if due and not table.is_open:
                step = min(due, end - position)
                if self._rider is not None and parser.remaining:
                    self._rider.data(view[position : position + min(step, parser.remaining)])
                parser.skip(step)
            else:
                # Not more than is needed, so that the next header may be a plain one again.
                step = min(due or parser.needed or end, end - position)
                for event in parser.feed(view[position : position + step]):
                    table.take(event)
                    if isinstance(event, Entry):
                        self._take(event)
                    elif self._rider is not None:
                        self._rider.data(event.data)
            position += step

    @property
    def due(self) -> int:
        """How many of the next bytes are a member's data, which whoever can seek may `skip`."""
        return self._parser.remaining if not self._table.is_open else 0

    def skip(self, count: int) -> None:
        """Pass over `count` of the bytes that are `due`: a rider is not told of them."""
        self._parser.skip(count)

    def _pass_plain(self, data: bytes, view: memoryview, start: int) -> int:
        """Pass the members at `start` with nothing to say of them; return where that ends."""
        parser, content, rider = self._parser, self._content, self._rider
        batch = None
        if self._is_watched:
            batch = Batch(parser.offset - start, view, detailed=rider is not None)
        passed = pass_plain(data, start, self._limits, batch)
        if passed.entries:
            name = passed.name[: self._limits.name_length].decode("utf-8", "surrogateescape")
            parser.leap(passed.end - start, data=passed.data, member=name)
            self._entries += passed.entries
            self._content_size += passed.content
            self._table.forget()
            if batch is not None:
                if content is not None:
                    content.take_batch(batch)
                if rider is not None:
                    rider.take_batch(batch)
        return passed.end

    def _take(self, entry: Entry) -> None:
        self._entries += 1
        self._content_size += entry.size
        if self._first_name is None:
            self._first_name = entry.name[: self._limits.name_length]
        if self._content is not None:
            name, target = _raw(entry.name), _raw(entry.link_target or "")
            self._content.take(name, entry.kind, target, entry.header_offset)
        if self._rider is not None:
            self._rider.take(entry)
        for fault in entry.faults:
            self._judge(fault)

    def _judge(self, fault: Fault) -> None:
        if fault.rule == "tar-sparse-member":
            self._sparse += 1
            if self._content is not None:
                self._content.add(fault._replace(rule="layer-sparse-entry"))
        elif fault.rule in _DEFECTS and fault.severity is not Severity.NOTE:
            self._log.add(fault._replace(rule="layer-tar-defect", severity=None))
        elif fault.rule == "limit-exceeded":
            # No mere defect: what lies beyond a bound was not judged.
            self._log.add(fault)

    def _trailing(self, fault: Fault) -> Fault:
        fault = fault._replace(rule="layer-trailing-in-tar", severity=Severity.WARNING)
        parser = self._parser
        if parser.trailing_table is None or parser.trailing_names != (TABLE_NAME,):
            return fault
        # So BuildKit makes an eStargz, to keep the tar as it was.
        detail = f"{fault.detail}, the eStargz table of contents"
        return fault._replace(detail=detail, severity=Severity.NOTE)

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
                trailing = self._trailing(fault)
            else:
                self._judge(fault)
        uncounted = sum(
            count - sum(fault.rule == rule for fault in parser.faults)
            for rule, count in parser.fault_counts.items()
            if rule in _DEFECTS or rule == "limit-exceeded"
        )
        content = self._content
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
            content=content.faults if content is not None else (),
            content_counts=content.counts if content is not None else {},
            repeated_directories=content.repeated_directories if content is not None else 0,
            table=parser.trailing_table or self._table.digest,
            content_size=self._content_size,
        )


def _raw(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")
