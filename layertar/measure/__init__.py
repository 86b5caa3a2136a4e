"""BLOBS -> MEASUREMENTS: every blob read once, while it streams, several at a time.

**What is done to a blob** (`blob`). Three steps: read the stored bytes and take their digest;
uncompress them; take the digest of what comes out and walk the tar in it. Each step goes through
the bytes once and in order, so none can be cut in two, but they share nothing: three threads may
be at three steps of one blob, a MiB or two apart. On one core the second costs about half
of the time for gzip and zstd, and a plain blob has hardly more than the first.

**Who does it** (`crew`). As many workers as there are usable cores (`cores`: affinity and control
groups' quotas), the caller's thread among them where a file is read. They are threads, since
hashing and uncompressing release the interpreter's lock, and pieces go from hand to hand without a
copy; processes would have to copy them, or map the file and die of it when it shrinks.

A worker takes a blob, the largest first, and does all three steps, each piece at once, while it is
in the cache: as long as there are blobs for everybody, that is the least work. Whoever finds no
blob left helps with the first and third step of those that others have begun. So a single layer
takes the time of its uncompressing alone, and 30 small ones beside a large one fill the gaps. No
scheduler weighs anything beforehand: what is free takes what is ready.

**What bounds memory.** Pieces are bounded (`codec.PIECE_SIZE`); between steps wait a few of them
(`crew`), and only as many blobs are in work as there are workers. A decoder's window over 8 MiB
is admitted from one budget (`codec.WindowBudget`); its owner waits for it, and cannot deadlock,
since owners of windows never leave them to wait for somebody else. Of a stream, 32 MiB may wait
for workers; the reader then stands still, except for a blob whose owner has nothing left.

**What happens on cancel.** Ctrl-C reaches the caller's thread, wherever it is; it sets `Stop`, on
which all others look after each piece, wakes whoever waits, joins them and goes on raising. The
same way ends a worker's own failure, which the caller then raises, and what the caller itself
stops (`--fail-fast`): what was measured by then is kept.

Blobs up to 128 KiB are measured on the spot: an archive of only those starts no thread.

**Who wants to know what is in a layer** rides along on the tar in it (`Riders`), with digests or,
which takes less time, without; of a plain one in a file the headers are enough (`skim`).
Who wants bytes of some files in it has those handed out (`ranges`), and no more is uncompressed.

Gzip members and zstd frames are not uncompressed in parallel. Where members end is known only
when they are (a table of contents is a claim like any other), and on two cores the first and third
step fill what the second leaves: at most a sixth could be won, for eStargz alone.
"""

from layertar.measure.blob import BlobMeasurement, BlobMeter, Depth, Stop, Trailing
from layertar.measure.cores import usable_cores
from layertar.measure.engine import StreamMeter, measure
from layertar.measure.expansion import Expansion
from layertar.measure.job import Listener, Riders
from layertar.measure.ranges import (
    Range,
    RangeReader,
    Ranges,
    RangeTaker,
    inside_pieces,
    range_pieces,
    read_ranges,
)
from layertar.measure.skim import skim

__all__ = [
    "BlobMeasurement",
    "BlobMeter",
    "Depth",
    "Expansion",
    "Listener",
    "Range",
    "RangeReader",
    "RangeTaker",
    "Ranges",
    "Riders",
    "Stop",
    "StreamMeter",
    "Trailing",
    "inside_pieces",
    "measure",
    "range_pieces",
    "read_ranges",
    "skim",
    "usable_cores",
]
