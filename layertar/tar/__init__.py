"""Tar, read without opening a file: blocks in, entries out.

Why a parser of our own. Python's `tarfile` ends in silence at a wrong checksum, at half a
header, at a lone zero block, and takes an archive cut between two members for whole: what it
says of a damaged archive is that it is complete. It applies global PAX paths, takes the first
of two extended headers, lets a size be negative, expands sparse members, and unites names and
sizes that other readers keep apart. The question here is not only what is in an archive but
whether all who read it see the same, so each place where Go, GNU tar and Python part must be
seen, told (`Fault`), and then read in one fixed way: POSIX's and Go's.

On a layer's plain members it is also eight times as fast. It can be driven three ways: fed
everything as it passes (`TarParser.feed`), headers only where the input can be sought
(`TarParser.skip`), or riding along on a layer's bytes (`LayerWalker`), where all but the
plainest headers still go through the same parser.

    header     one block: ustar, GNU, v7
    pax        the records of an extended header
    entry      what is told: entries, and pieces of their data
    assembler  extended headers and a header become one entry
    parser     the archive: entries, data, end marker (`state`)
    framing    what is wrong with the archive as a whole, in words
    trailer    what lies behind the end marker
    walker     a layer: counted and judged in passing
    plain      its fast path: members that there is nothing to tell of
    content    what its members are called and lead to
    paths      the paths that loaders make of those names
    links      where a path leads that goes through its symbolic links
    rider      who wants the members of a layer themselves
    writer     the other way: the header of a member to write
    table      the table of contents of an eStargz

Nothing is expanded, nothing is kept but the current header: memory is constant. Only a layer's
paths are remembered, as hashes, and its symbolic links, both up to a bound.
"""

from __future__ import annotations

from layertar.tar.entry import Data, Entry, EntryKind, Event
from layertar.tar.faultlog import FaultLog
from layertar.tar.parser import TarParser
from layertar.tar.plain import Batch
from layertar.tar.rider import LayerRider
from layertar.tar.walker import LayerFacts, LayerWalker

__all__ = [
    "Batch",
    "Data",
    "Entry",
    "EntryKind",
    "Event",
    "FaultLog",
    "LayerFacts",
    "LayerRider",
    "LayerWalker",
    "TarParser",
]
