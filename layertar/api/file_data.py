"""FileData: the bytes of one file of an image, read when they are asked for."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from layertar.errors import ArgumentError
from layertar.measure import Range

if TYPE_CHECKING:
    from collections.abc import Generator

    from typing_extensions import Buffer

    from layertar.api.layer_store import LayerStore

__all__ = ["FileData"]


class FileData(io.RawIOBase):
    """The bytes of one file, read when they are asked for."""

    def __init__(self, store: LayerStore, layer: int, data: Range) -> None:
        """Begin at the first byte.

        Args:
            store: where the layers lie.
            layer: which one has the file.
            data: which of its bytes they are; may be none.
        """
        self._store = store
        self._layer = layer
        self._whole = data
        self._position = 0
        self._pieces: Generator[bytes | memoryview] | None = None
        self._piece = memoryview(b"")

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that it can be sought, at the price of uncompressing the layer again."""
        return True

    def tell(self) -> int:
        """Return where the next byte is from."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go somewhere else.

        Raises:
            ArgumentError: that is before the beginning.
        """
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._whole.size}
        position = base[whence] + offset
        if position < 0:
            raise ArgumentError(f"no place before the beginning: {position}")
        if position != self._position:
            self._leave()
            self._position = position
        return position

    def readinto(self, buffer: Buffer, /) -> int:
        """Read some bytes; none where there are no more.

        Raises:
            InputError: see `LayerStore.pieces`.
        """
        view = memoryview(buffer).cast("B")
        missing = self._whole.size - self._position
        if missing <= 0 or not view:
            return 0
        if not self._piece:
            if self._pieces is None:
                wanted = Range(self._whole.offset + self._position, missing)
                self._pieces = self._store.pieces(self._layer, wanted)
            self._piece = memoryview(next(self._pieces))
        count = min(len(view), len(self._piece))
        view[:count] = self._piece[:count]
        self._piece = self._piece[count:]
        self._position += count
        return count

    def close(self) -> None:
        """Let go of the archive."""
        self._leave()
        super().close()

    def _leave(self) -> None:
        pieces, self._pieces, self._piece = self._pieces, None, memoryview(b"")
        if pieces is not None:
            pieces.close()
