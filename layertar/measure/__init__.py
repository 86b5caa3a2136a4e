"""BLOBS -> MEASUREMENTS: every blob read once, while it streams, several at a time."""

from layertar.measure.blob import BlobMeasurement, BlobMeter, Depth, Trailing
from layertar.measure.cores import usable_cores
from layertar.measure.engine import StreamMeter, measure
from layertar.measure.expansion import Expansion

__all__ = [
    "BlobMeasurement",
    "BlobMeter",
    "Depth",
    "Expansion",
    "StreamMeter",
    "Trailing",
    "measure",
    "usable_cores",
]
