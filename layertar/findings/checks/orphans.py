"""Members that nothing refers to: expected leftovers, and what may be hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.archive import Orphan, OrphanKind
from layertar.findings.draft import Draft
from layertar.findings.evidence import is_part_of_nothing
from layertar.findings.model import Location, Severity, note
from layertar.members import MemberKind
from layertar.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.digest import Digest
    from layertar.findings.evidence import Evidence
    from layertar.members import Member

__all__ = ["RULES", "check_members", "check_orphans"]

RULES = (
    note("blob-unreferenced", "A blob is in the layout and nothing refers to it.",
         "None needed, if you know who left it; a manifest or config among them may be an image "
         "that no view shows.",
         "OCI image-spec, image-layout.md, Blobs",
         why="A layout may hold such blobs, and loaders pass them over. They travel with the "
         "archive all the same, and a tool that finds images by their content, as dive does, may "
         "show one that no other tool shows."),
    note("blob-legacy-v1-json", "A layer's json of old Docker lies among the blobs.",
         "None needed: Docker 25 and later write one for each layer.",
         "moby/moby, daemon/internal/image/tarexport/save.go",
         why="docker save of the classic store still writes these documents and names them "
         "nowhere."),
    note("member-unexpected", "Members are neither metadata, nor referred to, nor leftovers.",
         "None needed; they are not part of any image.",
         "OCI image-spec, image-layout.md, Filesystem Layout",
         why="Loaders pass them over. They may be somebody's notes, or something hidden."),
    note("member-leftover", "Members are what a tool or a file system leaves behind.",
         "None needed; they can be removed.",
         "moby/buildkit, exporter/oci/export.go; opencontainers/umoci, oci/cas/dir/dir.go",
         why="Interrupted or locking tools leave such files, and macOS adds its own. Loaders pass "
         "them over."),
)  # fmt: skip

_LARGE = 1 << 20
_SHOWN = 5
_ALONE = 20  # told one by one
_NAME_SHOWN = 120  # characters of a name
_HIDDEN = (OrphanKind.INDEX, OrphanKind.MANIFEST, OrphanKind.CONFIG)

# ingest/ of containerd and oras, locks, umoci's, temporary blobs of ggcr, macOS and file systems.
_LEFTOVER = regex(
    r"(?:.*/)?(?:ingest/.*|[^/]*\.lock|\.umoci-[^/]*(?:/.*)?|[^/]*\.tmp|\._[^/]*|\.DS_Store"
    r"|__MACOSX/.*|lost\+found(?:/.*)?|signature-[0-9]+|[0-9a-f]{64}\.signature-[0-9]+)"
    r"|blobs/sha256/[0-9a-f]{64}[0-9]+"
)
# What docker archives carry for readers of Docker before 1.10.
_LEGACY = regex(r"[0-9a-f]{64}/(?:VERSION|json|layer\.tar)|repositories|version")


def check_orphans(evidence: Evidence) -> Iterator[Draft]:
    """Tell the blobs that nothing refers to; a hidden image or a large one is a warning."""
    configs = {
        digest
        for view in evidence.archive.views
        for image in view.images
        if (digest := evidence.measured.digest(image.config)) is not None
    }
    quiet: dict[str, list[Member]] = {}
    alone = _ALONE
    for member, orphan in evidence.archive.orphans.items():
        if _LEFTOVER.fullmatch(member.name):
            continue
        if orphan.kind is OrphanKind.LEGACY_V1:
            quiet.setdefault("blob-legacy-v1-json", []).append(member)
        elif _is_hidden(orphan, configs) or member.size > _LARGE:
            yield Draft(
                "blob-unreferenced",
                f"{member.name}: {orphan.kind.value} of {member.size} bytes, which nothing "
                "refers to",
                Location(member=member.name),
                severity=Severity.WARNING,
                cause="many hidden images" if alone <= 0 else None,
            )
            alone -= 1
        else:
            quiet.setdefault("blob-unreferenced", []).append(member)
    for rule, members in quiet.items():
        words = {
            "blob-legacy-v1-json": "of a layer's json of old Docker, as Docker 25 writes them",
            "blob-unreferenced": "to which nothing refers",
        }[rule]
        yield _several(rule, f"{len(members)} blobs {words}", members)


def _is_hidden(orphan: Orphan, configs: set[Digest]) -> bool:
    """Whether an orphan may be an image that no view shows.

    Docker leaves the manifest of an untagged image out of `index.json`; the docker view has it.
    """
    return orphan.kind in _HIDDEN and (orphan.config is None or orphan.config not in configs)


def check_members(evidence: Evidence) -> Iterator[Draft]:
    """Tell members outside blobs/ that no view uses."""
    found: dict[str, list[Member]] = {}
    table = evidence.archive.table
    for full_name in table.names():
        name = full_name.removeprefix(evidence.archive.root)
        members = [each for each in table.all_named(full_name) if each.kind is MemberKind.FILE]
        if _LEFTOVER.fullmatch(name):
            found.setdefault("member-leftover", []).extend(members)
        elif not (name.startswith("blobs/") or _LEGACY.fullmatch(name)) and all(
            is_part_of_nothing(evidence, each) for each in members
        ):
            found.setdefault("member-unexpected", []).extend(members)
    for rule, members in found.items():
        if not members:
            continue
        words = "left behind by a tool" if rule == "member-leftover" else "of no use to any view"
        yield _several(rule, f"{len(members)} members {words}", members)


def _several(rule: str, words: str, members: list[Member]) -> Draft:
    first = sorted(member.name for member in members)[:_SHOWN]
    names = ", ".join(name[:_NAME_SHOWN] for name in first)
    more = ", ..." if len(members) > _SHOWN else ""
    return Draft(rule, f"{words}: {names}{more}", Location(member=first[0]))
