"""IMAGES -> ANSWERS: what is asked of images, computed from what is known of them."""

from layertar.analysis.identities import (
    DigestRow,
    HistoryRow,
    ImageRow,
    LayerRow,
    digest_rows,
    history_rows,
    image_rows,
    layer_rows,
)

__all__ = [
    "DigestRow",
    "HistoryRow",
    "ImageRow",
    "LayerRow",
    "digest_rows",
    "history_rows",
    "image_rows",
    "layer_rows",
]
