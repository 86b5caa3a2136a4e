"""Garbage: when Python looks for cycles that nothing refers to.

Modules, functions and classes are full of cycles, and live until the end. To look through them
again and again while they are imported, and twice more at the end, takes as long as to verify a
small archive. So nothing is looked for before the reading begins, and of what there is by then
nothing at all; what reading makes is collected as ever.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["imported", "uncollected"]


@contextmanager
def uncollected() -> Iterator[None]:
    """Collect nothing in the block before `imported`, and nothing of it all at the end."""
    gc.disable()
    try:
        yield
    finally:
        imported()


def imported() -> None:
    """Take what there is for permanent, and collect from now on."""
    gc.freeze()
    gc.enable()
