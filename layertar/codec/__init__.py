"""Stored bytes to uncompressed bytes: compression told by magic, and decoded by push.

A decoder is fed the stored bytes as they come and answers bounded pieces, so one pass over an
archive serves its digests and its content alike, in constant memory. The alternative, a file
object read from, would need a thread for each layer wherever the archive is a pipe.

This package alone knows the compression libraries. None is trusted to tell truncation, trailing
bytes or too large a window: what frames the compressed data is read here (`push`, and the module
of each format), only the data itself by a library.
"""

from __future__ import annotations

from layertar.codec.decoder import PIECE_SIZE, Break, Breakage, Decoder, Skipped
from layertar.codec.registry import new_decoder
from layertar.codec.sniff import HEAD_SIZE, Compression, sniff
from layertar.codec.windows import WINDOWS, WindowBudget, Windows

__all__ = [
    "HEAD_SIZE",
    "PIECE_SIZE",
    "WINDOWS",
    "Break",
    "Breakage",
    "Compression",
    "Decoder",
    "Skipped",
    "WindowBudget",
    "Windows",
    "new_decoder",
    "sniff",
]
