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


def test_without_the_library_it_says_what_to_install() -> None:
    decoder = PushDecoder(Lz4(None))
    assert run(decoder, FRAME).content == b""
    detail = "lz4 is read with the extra `layertar[lz4]`, which is not installed"
    assert decoder.broken == Break(Breakage.NO_LIBRARY, detail, 0)
