"""ContentWatcher: what a layer's members are called and lead to, checked in passing.

Which names occur twice, leave the root, misuse a whiteout, or are written through a link that
leads out. Nothing is expanded and no file system is asked: paths are compared as the loaders
clean them, so that `./etc/x`, `/etc/x` and `etc/x/` are one.

Repeated directories. The specification forbids every repeated path (layer.md, Distributable
Format), and what Docker's and Podman's stores read layers with (tar-split) refuses a repeated
directory as well as a repeated file. Yet a directory that comes twice is the same to everybody who
unpacks it, builders that unite tars wrote such layers for years (BuildKit, Bazel, Nix), and those
who run them elsewhere would call a warning noise. So it is a note; every other repetition, where
one of the two is lost, is a warning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.fault import Fault, Severity
from layertar.tar.entry import EntryKind
from layertar.tar.faultlog import FaultLog
from layertar.tar.links import LinkTable
from layertar.tar.paths import clean, clean_all, parent_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layertar.limits import Limits
    from layertar.tar.plain import Batch

__all__ = ["ContentWatcher"]

_WHITEOUT = b".wh."
# What AUFS left in the root of old Dockers' layers; it is passed over, whatever lies within.
_AUFS_DIRECTORIES = frozenset({b".wh..wh.plnk", b".wh..wh.orph", b".wh..wh.aufs"})

_KINDS = {b"1": EntryKind.HARDLINK, b"2": EntryKind.SYMLINK, b"5": EntryKind.DIRECTORY}
_SHOWN = 256  # bytes of a link's target in a fault


class ContentWatcher:
    """Is told of a layer's members in their order, one by one or in batches: it is the same."""

    def __init__(self, limits: Limits) -> None:
        """Begin before the first member."""
        self._limits = limits
        self._longest = limits.name_length
        self._log = FaultLog(limits.faults)
        self._repeats = FaultLog(limits.faults)  # of directories
        # 64-bit hashes, keyed anew in each process: of each path, of a directory's with "/" too.
        self._seen: set[int] = set()
        self._is_full = False
        self._links = LinkTable(limits)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What was met, in the order of the tar; at most `Limits.faults` of each kind."""
        faults = (*self._log.kept, *self._repeats.kept)
        return tuple(sorted(faults, key=lambda fault: fault.offset or 0))

    @property
    def counts(self) -> Mapping[str, int]:
        """How many were met of each rule, kept or not, without the repeated directories."""
        return dict(self._log.counts)

    @property
    def repeated_directories(self) -> int:
        """How many directories came again, which is a note."""
        return sum(self._repeats.counts.values())

    def add(self, fault: Fault) -> None:
        """Take a fault that the reader of the tar met."""
        self._log.add(fault)

    def take_batch(self, batch: Batch) -> None:
        """Take plain members; most batches are seen to be harmless as a whole."""
        if self._is_harmless(batch):
            self._links.allow(len(batch.names))
            return
        others = {at: (_KINDS[typeflag], target) for at, typeflag, target in batch.others}
        for at, name in enumerate(batch.names):
            kind, target = others.get(at, (EntryKind.FILE, b""))
            self.take(name, kind, target, batch.base + batch.offsets[at])

    def _is_harmless(self, batch: Batch) -> bool:
        """Whether there is nothing to tell of a batch; if so, it is remembered."""
        paths = clean_all(batch.names)
        if paths is None:
            return False
        hashes = set(map(hash, paths))
        if len(hashes) != len(paths) or not self._seen.isdisjoint(hashes):
            return False
        hashes.update(
            hash(paths[at] + b"/") for at, typeflag, _ in batch.others if typeflag == b"5"
        )
        if self._is_full:
            hashes.clear()
        if len(self._seen) + len(hashes) > self._limits.layer_paths:
            return False
        if not self._are_links_harmless(batch, paths):
            return False
        self._seen |= hashes
        return True

    def _are_links_harmless(self, batch: Batch, paths: list[bytes]) -> bool:
        """Whether no member of a batch leads through a link; if so, its links are remembered."""
        known = self._links
        if known.is_spent():
            return True
        links: dict[bytes, bytes] = {}
        directories: set[bytes] = set()
        for at, typeflag, target in batch.others:
            if typeflag == b"2":
                links[paths[at]] = target
            elif typeflag == b"1":
                if b".." in target or len(target) > self._longest:
                    return False
                directories.add(parent_of(self._clean(target)[0]))
        if not links and not known:
            return True
        directories.update([path.rpartition(b"/")[0] for path in paths])
        return known.are_clear(directories, links) and known.extend(links)

    def take(self, name: bytes, kind: EntryKind, target: bytes | None, offset: int) -> None:
        """Take one member.

        Args:
            name: as recorded.
            kind: what it is.
            target: of a link, as recorded.
            offset: where its first block begins, in bytes of the tar.
        """
        self._links.allow(1)
        path, leaves = self._clean(name)
        if leaves:
            self._tell("layer-path-unsafe", "the name leaves the image's root", name, offset)
            return
        self._check_whiteout(path, name, offset)
        self._check_repeat(path, kind, name, offset)
        self._check_way(name, path, "it is written", name, offset)
        if kind is EntryKind.HARDLINK:
            self._check_hardlink(target or b"", name, offset)
        elif kind is EntryKind.SYMLINK:
            self._take_symlink(path, target or b"", name, offset)

    def _check_whiteout(self, path: bytes, name: bytes, offset: int) -> None:
        """A whiteout hides the sibling that it is named after (layer.md, Whiteouts)."""
        if _WHITEOUT not in path:
            return
        *directories, last = path.split(b"/")
        if last.startswith(_WHITEOUT) and last[len(_WHITEOUT) :] in (b"", b".", b".."):
            self._tell("layer-whiteout-invalid", "a whiteout that names no file", name, offset)
            return
        if directories and directories[0] in _AUFS_DIRECTORIES:
            return
        if any(part.startswith(_WHITEOUT) for part in directories):
            detail = "a whiteout that is a directory on the way to a file"
            self._tell("layer-whiteout-invalid", detail, name, offset)

    def _check_repeat(self, path: bytes, kind: EntryKind, name: bytes, offset: int) -> None:
        if self._is_full:
            return
        seen, own = self._seen, {hash(path)}
        as_directory = hash(path + b"/")
        is_directory = kind is EntryKind.DIRECTORY
        if is_directory:
            own.add(as_directory)
        if hash(path) in seen:
            if is_directory and as_directory in seen:
                detail = "a directory that the layer has already; Docker and Podman refuse it"
                self._tell("layer-duplicate-path", detail, name, offset, self._repeats)
            else:
                detail = "a path that the layer has already: the last wins, or readers refuse it"
                self._tell("layer-duplicate-path", detail, name, offset)
        elif len(seen) + len(own) > self._limits.layer_paths:
            self._is_full = True
            self._seen = set()
            bound = f"layer_paths {self._limits.layer_paths}"
            detail = "more paths than are remembered: from here on, none is seen to be repeated"
            self._tell_limit(detail, name, offset, bound)
            return
        seen |= own

    def _check_hardlink(self, target: bytes, name: bytes, offset: int) -> None:
        path, leaves = self._clean(target)
        if leaves:
            detail = f"a hard link to {_shown(target)}, outside the image's root"
            self._tell("layer-link-escapes", detail, name, offset)
        else:
            self._check_way(target, path, "its hard link leads", name, offset)

    def _take_symlink(self, path: bytes, target: bytes, name: bytes, offset: int) -> None:
        links = self._links
        if not links.is_spent() and not links.add(path, target):
            detail = "more symbolic links than are remembered: later ones are not followed"
            self._tell_limit(detail, name, offset)

    def _check_way(self, recorded: bytes, path: bytes, how: str, name: bytes, offset: int) -> None:
        """Tell where a path leads through a link that leaves the root."""
        links = self._links
        if not links or links.is_spent() or len(path) > self._longest:
            return
        # With a dot-dot in it, a path that leads through links is not what it looks like.
        way = links.exit_of(recorded.rstrip(b"/") if b".." in recorded else path)
        if way is not None:
            link = f"{_shown(way.path)} -> {_shown(way.target)}"
            detail = f"{how} through the link {link}, which leaves the image's root"
            self._tell("layer-link-escapes", detail, name, offset)
        if links.is_spent():
            detail = "links that take too long to follow: from here on, none is followed"
            self._tell_limit(detail, name, offset)

    def _clean(self, name: bytes) -> tuple[bytes, bool]:
        return clean(name, self._longest)

    def _tell_limit(self, detail: str, name: bytes, offset: int, bound: str | None = None) -> None:
        # Bytes and digests are judged all the same.
        fault = Fault("limit-exceeded", detail, recorded=bound, severity=Severity.WARNING)
        self._log.add(fault._replace(member=self._member(name), offset=offset))

    def _tell(
        self, rule: str, detail: str, name: bytes, offset: int, log: FaultLog | None = None
    ) -> None:
        severity = Severity.NOTE if log is self._repeats else None
        fault = Fault(rule, detail, self._member(name), offset, severity=severity)
        (self._log if log is None else log).add(fault)

    def _member(self, name: bytes) -> str:
        return name[: self._longest].decode("utf-8", "surrogateescape")


def _shown(name: bytes) -> str:
    return name[:_SHOWN].decode("utf-8", "surrogateescape")
