from __future__ import annotations

import bz2

import pytest

from layertar.codec.bzip2 import Bzip2
from layertar.codec.decoder import Breakage
from layertar.codec.push import PushDecoder
from tests.codec.streams import run, text


@pytest.mark.parametrize("level", [1, 9])
def test_every_block_size_is_decoded(level: int) -> None:
    data = text(250_000)
    stored = bz2.compress(data, level) + bz2.compress(b"")
    assert run(PushDecoder(Bzip2()), stored, (10_000,))[:3] == (data, None, 2)


def test_a_wrong_checksum_is_told() -> None:
    stored = bytearray(bz2.compress(b"content"))
    stored[10] ^= 1  # the checksum of the first block
    decoder = PushDecoder(Bzip2())
    run(decoder, bytes(stored))
    assert decoder.broken is not None
    assert decoder.broken.kind is Breakage.CORRUPT
    assert decoder.broken.detail == "the compressed data is invalid: Invalid data stream"
