"""Every bound that layertar sets, with its unit and its reason, in one value.

Everything in an archive is an attacker's string; each bound below keeps one way of spending
our memory or time finite. Tests shrink them.
"""

from __future__ import annotations

from layertar.value import dataclass

__all__ = ["DEFAULT_LIMITS", "Limits"]

_KIB = 1 << 10
_MIB = 1 << 20
_GIB = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds of one reading.

    Attributes:
        document_size: bytes of one JSON document. containerd's import stops at 20 MiB.
        document_sure_size: bytes up to which every member of a stream is kept, since any may
            turn out to be a document. Typical documents have 1 to 20 KiB.
        documents_total: bytes of documents kept while a stream passes.
        documents_read: bytes of documents read of one seekable archive.
        json_depth: levels of nesting in a document; real ones have fewer than ten.
        json_containers: objects and arrays of one document. An empty one takes two bytes of it
            and thirty times as many of memory; a descriptor holds five at most.
        json_entries: entries of one array or map, odd numbers, or objects of equal keys.
        members: members of an archive. Each costs up to 1200 bytes of memory with all that is
            measured of it, so this many cost 300 MiB; real archives have some hundreds.
        header_body: bytes of one PAX or GNU long name body; real ones are a few hundred.
        name_length: bytes of a member's name; PATH_MAX of Linux.
        uncompressed_size: bytes that one compressed layer may become; 0 is no bound.
        uncompressed_total: bytes that all compressed layers of an archive may become together,
            whatever they are stored in; 0 is no bound. Of zeros they take some 40 seconds.
        uncompressed_ratio: times that they may be larger than what they are stored in, beyond
            that. Real archives of that size have 1.5 to 5.
        window: bytes of a zstd window or xz dictionary. The zstd tool refuses more by default.
        outer_layers: compressions peeled off around the archive.
        outer_size: bytes that one of them may become.
        outer_ratio: times that what one of them becomes may be larger than the input so far.
            Gzip cannot exceed 1032 alone; more is zstd's, bzip2's and xz's, or doubled.
        outer_sure_size: bytes up to which that ratio does not count, and bytes that may follow
            a compressed archive's end.
        outer_members: gzip members or their like of one of them. Each costs some microseconds.
        link_hops: links followed from one name. Producers need one.
        index_depth: indexes within indexes.
        descriptors: descriptors visited in one archive.
        layers: layers of one image. Docker stops at 125, other runtimes near 127.
        layer_paths: paths remembered of one layer, so that one that comes again is seen. Each
            costs some 90 bytes of memory; real layers have up to a few 100 000.
        listed_entries: entries listed of all layers of one image. Each costs 250 to 400 bytes of
            memory; real images have up to some 500 000.
        listed_text: bytes that all their names, link targets and extended attributes take.
        cache_size: bytes of listings that a cache keeps.
        path_steps: parts of paths followed while one image's layers are applied, those that
            symbolic links lead through among them, or stacked as dive does. Real images need a
            tenth of a million.
        layer_finds: files kept of one layer that hold secrets or, of each rule, are devices or
            grant rights; more are only counted.
        faults: faults kept of one stream or tar; more are only counted.
    """

    document_size: int = 20 * _MIB
    document_sure_size: int = 64 * _KIB
    documents_total: int = 32 * _MIB
    documents_read: int = 128 * _MIB
    json_depth: int = 64
    json_containers: int = 1_500_000
    json_entries: int = 200_000
    members: int = 250_000
    header_body: int = _MIB
    name_length: int = 4096
    uncompressed_size: int = 64 * _GIB
    uncompressed_total: int = 32 * _GIB
    uncompressed_ratio: int = 64
    window: int = 128 * _MIB
    outer_layers: int = 2
    outer_size: int = 1024 * _GIB
    outer_ratio: int = 1100
    outer_sure_size: int = _GIB
    outer_members: int = 1_000_000
    link_hops: int = 8
    index_depth: int = 16
    descriptors: int = 100_000
    layers: int = 10_000
    layer_paths: int = 1_000_000
    listed_entries: int = 2_000_000
    listed_text: int = 256 * _MIB
    cache_size: int = 2 * _GIB
    path_steps: int = 32_000_000
    layer_finds: int = 100
    faults: int = 16


DEFAULT_LIMITS = Limits()
