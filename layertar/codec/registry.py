"""Which decoder decodes which compression."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from layertar.codec.push import PushDecoder
from layertar.codec.sniff import Compression
from layertar.codec.windows import WINDOWS

if TYPE_CHECKING:
    from layertar.codec.decoder import Decoder
    from layertar.codec.windows import Windows
    from layertar.limits import Limits

__all__ = ["new_decoder"]


def new_decoder(compression: Compression, limits: Limits, windows: Windows = WINDOWS) -> Decoder:
    """Return a decoder at the start of a stream of `compression`, bounded by `limits.window`.

    Windows are held of `windows`, by default of the budget of this process: `feed` may wait for
    a decoder in another thread.

    Each format's module is imported when the first stream needs it: `zstandard` alone takes
    longer to load than a small archive takes to verify.

    Raises:
        ValueError: `compression` is `NONE`; there is nothing to decode.
        RuntimeError: no zstd library is installed, in spite of the package's metadata.
    """
    match compression:
        case Compression.NONE:
            raise ValueError("uncompressed bytes need no decoder")
        case Compression.GZIP:
            from layertar.codec.gzip import Gzip  # noqa: PLC0415 - as said above

            return PushDecoder(Gzip())
        case Compression.ZSTD:
            from layertar.codec.zstd import Zstd  # noqa: PLC0415 - as said above

            return PushDecoder(Zstd(limits, windows=windows))
        case Compression.XZ:
            from layertar.codec.xz import Xz  # noqa: PLC0415 - as said above

            return PushDecoder(Xz(limits, windows))
        case Compression.BZIP2:
            from layertar.codec.bzip2 import Bzip2  # noqa: PLC0415 - as said above

            return PushDecoder(Bzip2())
        case Compression.LZMA:
            from layertar.codec.lzma_alone import LzmaAlone  # noqa: PLC0415 - as said above

            return PushDecoder(LzmaAlone(limits, windows))
        case Compression.LZ4:
            from layertar.codec.lz4_frame import Lz4, find_library  # noqa: PLC0415 - as said above

            return PushDecoder(Lz4(find_library()))
        case _:
            assert_never(compression)
