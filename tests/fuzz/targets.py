"""What is run on a mutant, and what must hold whatever it is.

Nothing but a `LayertarError` leaves the library, and of `verify` and `inspect` not even that;
what is told does not depend on how the bytes come; nothing takes long.
"""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Final

from layertar import REPORTERS, DocumentError, Limits, Report, Verdict, inspect, verify
from layertar.codec import new_decoder, sniff
from layertar.codec.sniff import HEAD_SIZE, Compression
from layertar.documents import (
    parse_config,
    parse_index,
    parse_manifest,
    parse_manifest_json,
    parse_oci_layout,
    parse_repositories,
    parse_v1_layer,
)
from layertar.measure import BlobMeter, Depth
from layertar.report.register import TextStyle
from layertar.tar import Data, LayerFacts, LayerWalker, TarParser
from tests.fuzz.tars import split
from tests.fuzz.texts import is_text
from tests.model import OutOfScopeError, judge, unexplained

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from random import Random

    from layertar import ArchiveReport

__all__ = ["LIMITS", "BrokenError", "Signature", "check"]

#: Small enough that a mutant may pass each bound of memory and time.
LIMITS: Final = Limits(uncompressed_size=64 << 20, window=8 << 20)

#: What a mutant made the library say: whatever is new is worth keeping.
Signature = frozenset[tuple[str, str]]

_PARSERS: Final[tuple[Callable[..., object], ...]] = (
    parse_config,
    parse_index,
    parse_manifest,
    parse_manifest_json,
    parse_oci_layout,
    parse_repositories,
    parse_v1_layer,
)
# Told where a pipe may lawfully know less than a file does.
_LAWFUL: Final = {"limit-exceeded", "digest-algorithm-unsupported"}


class BrokenError(Exception):
    """Something that must hold does not.

    Attributes:
        what: which of them, a few words.
    """

    def __init__(self, what: str, detail: object) -> None:
        """Say what does not hold, and how."""
        self.what = what
        super().__init__(f"{what}: {detail}"[:4000])


def check(rng: Random, data: bytes, folder: Path) -> Signature:
    """Run every target on `data`; `folder` is where a file may be written.

    Raises:
        BrokenError: something does not hold; any other exception is as bad.
    """
    _check_tar(rng, data)
    for piece in split(data)[:40]:
        if is_text(piece.data):
            _check_documents(piece.data)
        else:
            _check_blob(rng, piece.data)
    return _check_verbs(data, folder)


def _pieces(rng: Random, data: bytes) -> Iterator[memoryview]:
    view = memoryview(data)
    longest = rng.choice((1, 7, 100, 512, 513, 5000)) if len(data) < 20_000 else 5000
    while view:
        length = rng.randint(1, longest)
        yield view[:length]
        view = view[length:]


def _same(what: str, one: object, other: object) -> None:
    if one != other:
        raise BrokenError(what, _difference(one, other))


def _difference(one: object, other: object) -> str:
    if isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        for left, right in zip(one, other, strict=True):
            if left != right:
                return _difference(left, right)
    return f"{one!r}\n  against {other!r}"


# --- The tar parser ---------------------------------------------------------------------------


def _check_tar(rng: Random, data: bytes) -> None:
    whole = _events(TarParser(LIMITS), iter([memoryview(data)] if data else []))
    _same("tar: pieces tell otherwise", whole, _events(TarParser(LIMITS), _pieces(rng, data)))
    _same("tar: skipping tells otherwise", whole, _skipped(data))
    walked = _walked(iter([memoryview(data)]))
    _same("tar: walking in pieces tells otherwise", walked, _walked(_pieces(rng, data)))


def _events(parser: TarParser, pieces: Iterator[memoryview]) -> tuple[object, ...]:
    """Every entry, its data put together, and what is wrong with the whole."""
    found: list[object] = []
    for piece in pieces:
        for event in parser.feed(piece):
            if not isinstance(event, Data):
                found.append(event)
            elif found and isinstance(found[-1], bytes):
                found[-1] += bytes(event.data)
            else:
                found.append(bytes(event.data))
    parser.finish()
    return (*found, parser.faults, parser.trailing_names, parser.is_tar, parser.offset)


def _skipped(data: bytes) -> tuple[object, ...]:
    """The same by way of skipping data, which are then taken from `data` itself."""
    parser = TarParser(LIMITS)
    found: list[object] = []
    while parser.offset < len(data) and not parser.stopped:
        if parser.remaining:
            # Half by skipping, so that both ways meet in one member's data.
            step = min(parser.remaining, len(data) - parser.offset)
            is_entry = bool(found) and not isinstance(found[-1], bytes)
            start = parser.offset
            parser.skip(step)
            if is_entry and _is_data_of(found[-1], start):
                found.append(data[start : start + step])
            continue
        step = max(1, min(parser.needed, len(data) - parser.offset))
        for event in parser.feed(data[parser.offset : parser.offset + step]):
            if not isinstance(event, Data):
                found.append(event)
            elif found and isinstance(found[-1], bytes):
                found[-1] += bytes(event.data)
            else:
                found.append(bytes(event.data))
    if parser.stopped:
        list(parser.feed(data[parser.offset :]))
    parser.finish()
    return (*found, parser.faults, parser.trailing_names, parser.is_tar, parser.offset)


def _is_data_of(entry: object, start: int) -> bool:
    return bool(getattr(entry, "data_offset", None) == start)


def _walked(pieces: Iterator[memoryview]) -> LayerFacts:
    walker = LayerWalker(LIMITS)
    for piece in pieces:
        walker.feed(piece)
    return walker.finish()


# --- Documents and codecs ---------------------------------------------------------------------


def _check_documents(data: bytes) -> None:
    for parse in _PARSERS:
        try:
            one, other = (parse(data, member="x", limits=LIMITS) for _ in range(2))
        except DocumentError:
            continue
        _same("documents: not the same twice", repr(one), repr(other))


def _check_blob(rng: Random, data: bytes) -> None:
    whole = _measured(iter([data]))
    _same("blob: pieces are measured otherwise", whole, _measured(_pieces(rng, data)))
    compression = sniff(data[:HEAD_SIZE])
    if compression is not Compression.NONE:
        decoder = new_decoder(compression, LIMITS)
        length = 0
        for piece in _pieces(rng, data):
            for out in decoder.feed(piece):
                length += len(out)
                if length > LIMITS.uncompressed_size:
                    return
        decoder.finish()


def _measured(pieces: Iterator[bytes | memoryview]) -> object:
    meter = BlobMeter(Depth(inside=True, sha512=True), LIMITS)
    for piece in pieces:
        meter.feed(piece)
    return meter.finish()


# --- The whole --------------------------------------------------------------------------------


def _facts(report: ArchiveReport) -> tuple[object, ...]:
    return report.verdict, report.views, report.images, report.artifacts, report.findings


def _check_verbs(data: bytes, folder: Path) -> Signature:
    path = folder / "archive"
    path.write_bytes(data)
    pipe = verify(io.BytesIO(data), limits=LIMITS)
    shown = inspect(io.BytesIO(data), limits=LIMITS)
    found = pipe.archives[0]
    rules = {finding.rule.name for finding in found.findings}
    if not rules & _LAWFUL:
        file = verify(path, limits=LIMITS).archives[0]
        _same("verify: a file is told otherwise than a pipe", _facts(file), _facts(found))
        inspected = inspect(path, limits=LIMITS).archives[0]
        _same("inspect: a file is told otherwise", _facts(inspected), _facts(shown.archives[0]))
    is_unread = found.verdict is Verdict.UNREADABLE
    _same("inspect: read otherwise", is_unread, shown.archives[0].verdict is Verdict.UNREADABLE)
    _check_reports(pipe)
    _check_reports(shown)
    _check_sound(data, found)
    return frozenset(
        {("verdict", found.verdict.value)}
        | {(finding.rule.name, finding.severity.label) for finding in found.findings}
        | {("related", each.rule) for finding in found.findings for each in finding.related}
        | {("layer", layer.verdict.value) for image in found.images for layer in image.layers}
    )


def _check_reports(report: Report) -> None:
    for name, reporter in REPORTERS.items():
        out = io.StringIO()
        reporter(TextStyle()).write(report, out)
        # RFC 4180 ends the lines of CSV so; a carriage return elsewhere is a control character.
        text = out.getvalue().replace("\r\n", "\n")
        text.encode("utf-8")
        if name == "json":
            json.loads(text)
        elif any(ord(char) < 32 and char != "\n" for char in text):
            raise BrokenError("report: control characters", repr(text))


def _check_sound(data: bytes, found: ArchiveReport) -> None:
    """What is called verified is verified by the model, too."""
    if found.verdict is not Verdict.VERIFIED:
        return
    try:
        due = judge(data)
    except OutOfScopeError:
        return
    if due.verdict != "verified" and (told := unexplained(due, found)):
        raise BrokenError("verify: verified what is not", told)
