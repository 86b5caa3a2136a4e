"""LayerRider: whoever wants a layer's members, and their data, in the reading that judges them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from layertar.tar.entry import Entry
    from layertar.tar.plain import Batch

__all__ = ["LayerRider"]


class LayerRider(Protocol):
    """Is told of members in the order of the tar; by one thread at a time.

    What it is given is gone when it returns: it copies what it keeps.
    """

    def take_batch(self, batch: Batch) -> None:
        """Take plain members, with their `details`; of all but an open last the data are there."""
        ...

    def take(self, entry: Entry) -> None:
        """Take one member of the other kind; its data follow."""
        ...

    def data(self, piece: memoryview) -> None:
        """Take the next bytes of the data of the member before.

        More may come than that has: they are of an extended header that is too large to be read.
        """
        ...
