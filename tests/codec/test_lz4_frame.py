from __future__ import annotations

import lz4.frame
import pytest

from layertar.codec.decoder import Break, Breakage
from layertar.codec.lz4_frame import Lz4, find_library
from layertar.codec.push import PushDecoder
from tests.codec.streams import run

FRAME: bytes = lz4.frame.compress(b"content")
SKIPPABLE = b"\x5a\x2a\x4d\x18" + (70_000).to_bytes(4, "little") + bytes(70_000)


@pytest.mark.parametrize("sizes", [(1 << 20,), (11,)])
def test_skippable_frames_hold_no_content_and_are_no_member(sizes: tuple[int, ...]) -> None:
    decoder = PushDecoder(Lz4(find_library()))
    outcome = run(decoder, FRAME + SKIPPABLE + FRAME, sizes)
    assert outcome == (b"contentcontent", None, 2, 0, True, 0)
    assert decoder.begun == 3


@pytest.mark.parametrize("sizes", [(1 << 20,), (1,)])
def test_a_content_size_of_zero_is_compared_with_the_content_too(sizes: tuple[int, ...]) -> None:
    empty: bytes = lz4.frame.compress(b"", store_size=True)
    full: bytes = lz4.frame.compress(b"content", store_size=True)
    # The header of a frame that would be empty, before the blocks of one that is not.
    header = bytes(full[:6]) + bytes(8)
    assert full[4] & 0x08
    stored = header + _header_checksum(header) + full[15:]
    decoder = PushDecoder(Lz4(find_library()))
    run(decoder, stored, sizes)
    detail = "the lz4 frame has 7 bytes, its header says 0"
    assert decoder.broken == Break(Breakage.CORRUPT, detail, len(stored))
    for good, content in ((full, b"content"), (empty, b"")):
        decoder = PushDecoder(Lz4(find_library()))
        assert run(decoder, good, sizes).content == content
        assert decoder.broken is None


def _header_checksum(header: bytes) -> bytes:
    """Find the byte that makes a header valid (LZ4 Frame Format, Header Checksum)."""
    for byte in range(256):
        try:
            lz4.frame.LZ4FrameDecompressor().decompress(header + bytes((byte,)))
        except RuntimeError:
            continue
        return bytes((byte,))
    raise AssertionError("no byte fits")


def test_without_the_library_it_says_what_to_install() -> None:
    decoder = PushDecoder(Lz4(None))
    assert run(decoder, FRAME).content == b""
    detail = "lz4 is read with the extra `layertar[lz4]`, which is not installed"
    assert decoder.broken == Break(Breakage.NO_LIBRARY, detail, 0)
