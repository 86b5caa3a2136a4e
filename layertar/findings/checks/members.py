"""Members: names, duplicates, links."""

from __future__ import annotations

import posixpath
import unicodedata
from typing import TYPE_CHECKING

from layertar.archive import RecordedImage
from layertar.documents import misleading_character
from layertar.findings.checks.readers import FIRST_AND_LAST
from layertar.findings.draft import Draft, Order, from_fault
from layertar.findings.evidence import is_part_of_nothing, missing_cause
from layertar.findings.model import Location, Severity, failed, incomplete, note, warning
from layertar.members import MemberKind, is_unsafe_name
from layertar.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.findings.evidence import Evidence
    from layertar.members import Member

__all__ = ["RULES", "check_duplicates", "check_links", "check_member_names"]

RULES = (
    note("member-duplicate-identical", "A name occurs twice, with the same bytes.",
         "None needed.",
         "google/go-containerregistry, pkg/v1/tarball/write.go; GoogleContainerTools/jib, "
         "ImageTarball.java",
         why="Whichever a reader takes, it gets the same bytes: crane writes a config twice, jib "
         "equal layers."),
    failed("member-duplicate-different", "A name occurs twice, with different bytes.",
           "Do not load it.",
           "containers/container-libs, image/docker/internal/tarfile/reader.go; "
           "google/go-containerregistry, pkg/v1/tarball/image.go; containerd/containerd, "
           "core/images/archive/importer.go",
           why="go-containerregistry (crane, Trivy) and skopeo's docker-archive take the first; "
           "docker load, containerd, oci-archive, oras and whatever unpacks first take the last: "
           "a scanner and a runtime see different images."),
    warning("member-name-collision", "Two names cannot both be unpacked.",
            "Save the image again on another system, or find out who added the second.",
            "Unicode Standard Annex 15; CVE-2014-9390",
            why="Where two names are the same but for case or composition, a reader that unpacks "
            "to a file system which folds case (macOS, Windows) or normalises names gets one file "
            "for the two; where one lies below the other, which is a file, docker load fails."),
    warning("member-name-unsafe", "A name leads out of the archive, or is not safe to unpack.",
            "Do not unpack it with a tool that trusts names.",
            "CVE-2007-4559; CVE-2024-24579; CVE-2021-3762; CVE-2026-20613; Unicode Technical "
            "Report 36",
            why="A tool that unpacks names as they are writes outside its folder; scanners and "
            "loaders had such bugs time and again. A name with characters that are not seen, or "
            "that turn its text round, passes for another one."),
    warning("member-name-not-utf8", "A name is not UTF-8.",
            "Find out who wrote it; image tools write ASCII names only.",
            "POSIX.1-2017, pax, pax Header Block",
            why="Go keeps the bytes, JSON reports replace them, Python marks them: a name that "
            "is shown may belong to no member."),
    warning("member-name-too-long", "A name is longer than file systems take.",
            "Find out who wrote it: image tools write short names only.",
            "GHSA-697p-8837-37h3",
            why="File systems take 255 bytes a name and 4096 a path, so it cannot be unpacked; "
            "some loaders crash on it."),
    incomplete("link-dangling", "A link leads to nothing in the archive.",
           "Save the image again, complete.",
               "containerd/containerd, core/images/archive/importer.go; moby/moby, "
               "daemon/internal/image/tarexport/load.go",
               why="Of an archive without oci-layout, containerd refuses the whole import for one "
               "such symbolic link, wherever it is, and in a layout it passes over links; docker "
               "load on the classic store fails when it opens the layer."),
    failed("link-escapes", "A link leads out of the archive; it was not followed.",
           "Do not load it.",
           "CVE-2014-6407; CVE-2014-9356; CVE-2026-17106; GHSA-r3h2-rgqf-9hv9",
           why="A reader that follows it opens a file of the machine that it runs on, and may "
           "show it or put it into an image."),
    failed("link-cycle", "Links lead in a circle, or through too many hops.",
           "Do not load it.",
           "containers/container-libs, image/docker/internal/tarfile/reader.go; "
           "google/go-containerregistry, pkg/v1/tarball/image.go",
           why="There is no content at its end; skopeo and podman follow one link only, and "
           "go-containerregistry looks for circles since 2026."),
    warning("link-blob", "A blob or document of an OCI layout is reached through a link.",
            "Save the image again, or copy the layout with its links resolved (cp -RL).",
            "containerd/containerd, core/images/archive/importer.go; "
            "google/go-containerregistry, issue 2306",
            why="containerd and oras do not follow links in a layout and go-containerregistry "
            "refuses them since 2026; skopeo and umoci follow whatever is unpacked."),
)  # fmt: skip

_DRIVE = regex(r"[A-Za-z]:[\\/]")
_TOLD = 8
# Directories on the way to a name that are looked at, from the top.
_DEPTH = 16
# Members by which a view is known.
_VIEW_NAMES = frozenset({"index.json", "manifest.json", "oci-layout", "repositories"})


def check_duplicates(evidence: Evidence) -> Iterator[Draft]:
    """Compare members of the same name; directories may repeat, but not take a file's name."""
    for group in evidence.archive.table.duplicates():
        files = [member for member in group if member.kind is not MemberKind.DIRECTORY]
        if not files:
            continue
        if len(files) < len(group):
            files = list(group)
        different = _difference(evidence, files)
        if different is None:
            continue
        rule = "member-duplicate-different" if different else "member-duplicate-identical"
        name = files[0].name
        places = ", ".join(str(member.offset) for member in files[:_TOLD])
        message = f"{name} occurs {len(files)} times, at {places}"
        if different:
            message += f"; {FIRST_AND_LAST}"
        subjects = evidence.uses.subjects(files[-1]) if different else frozenset()
        yield Draft(
            rule,
            message,
            Location(member=name, offset=files[-1].offset),
            recorded=_digest(evidence, files[0]),
            measured=_digest(evidence, files[-1]),
            cause=files[-1] if different else None,
            order=Order.VIEWS,
            subjects=subjects,
        )


def _difference(evidence: Evidence, files: list[Member]) -> bool | None:
    """Whether members of one name differ; `None` where that was not measured."""
    first = files[0]
    if any(
        (member.kind, member.size, member.link_target)
        != (first.kind, first.size, first.link_target)
        for member in files
    ):
        return True
    if first.kind is not MemberKind.FILE:
        return False
    digests = {_digest(evidence, member) for member in files}
    if None in digests:
        return None
    return len(digests) > 1


def _digest(evidence: Evidence, member: Member) -> str | None:
    measurement = evidence.measured.of_member(member)
    return str(measurement.digest) if measurement is not None else None


def check_member_names(evidence: Evidence) -> Iterator[Draft]:
    """Tell names that are unsafe, or that readers take for different ones."""
    counts: dict[str, int] = {}
    is_absolute = all(each.recorded_name.startswith("/") for each in evidence.archive.table)
    for member in evidence.archive.table:
        for rule, words, severity in _name_faults(evidence, member, is_absolute=is_absolute):
            counts[rule] = counts.get(rule, 0) + 1
            if counts[rule] > _TOLD:
                continue
            yield Draft(
                rule,
                f"{member.recorded_name}: {words}",
                Location(member=member.name, offset=member.offset or None),
                severity=severity,
            )
    yield from _collisions(evidence)


def _name_faults(
    evidence: Evidence, member: Member, *, is_absolute: bool
) -> Iterator[tuple[str, str, Severity | None]]:
    """Iterate over what is wrong with a name: rule, words, and a severity that is not the usual.

    `is_absolute` says that all names are, as pack (buildpacks/imgutil) writes them.
    """
    name = member.recorded_name
    if not name:
        yield "member-name-unsafe", "a name that is empty", None
        return
    is_plain = name.isascii() and name.isprintable() and len(name) < evidence.limits.name_length
    if is_plain and name and name[0] not in "./" and ".." not in name and "\\" not in name:
        if _DRIVE.match(name):
            yield "member-name-unsafe", "begins with a drive letter", None
        return
    unsafe = _unsafe(evidence, member, is_absolute=is_absolute)
    if unsafe is not None:
        yield "member-name-unsafe", *unsafe
    # Of a tar, the header's own faults say so.
    if evidence.archive.framing.is_directory and any(
        "\udc80" <= character <= "\udcff" for character in name
    ):
        yield "member-name-not-utf8", "is not UTF-8", None
    if len(name.encode("utf-8", "surrogateescape")) > evidence.limits.name_length:
        yield "member-name-too-long", f"is longer than {evidence.limits.name_length} bytes", None


def _unsafe(
    evidence: Evidence, member: Member, *, is_absolute: bool
) -> tuple[str, Severity | None] | None:
    """Say why a name is not safe to unpack, and how severe that is, if not as usual."""
    name = member.recorded_name
    if is_unsafe_name(name) and name.strip("./"):
        return _climbing(evidence, name)
    if "\\" in name or _DRIVE.match(name):
        return "has a backslash or a drive letter", None
    if any(unicodedata.category(character) == "Cc" for character in name):
        return "has control characters", None
    misleading = misleading_character(name)
    if misleading is not None:
        return f"has {misleading}, which makes it look like another name", None
    if name.startswith("/") and is_part_of_nothing(evidence, member):
        return "is absolute", Severity.NOTE if is_absolute else None
    return None


def _climbing(evidence: Evidence, name: str) -> tuple[str, Severity | None]:
    """Say what a name with `..` is: an error where docker and containerd, which resolve it, see it.

    They do where a view begins there, or where another member has the name.
    """
    cleaned = posixpath.normpath(f"/{name}").lstrip("/")
    is_taken = cleaned in _VIEW_NAMES or evidence.archive.table.find(cleaned) is not None
    if "\0" in name or not is_taken:
        return "has a .. component or a NUL", None
    words = f"has a .. component; some readers take it for {cleaned}, others do not see it"
    return words, Severity.ERROR


def _collisions(evidence: Evidence) -> Iterator[Draft]:
    yield from _below_files(evidence)
    seen: dict[str, str] = {}
    told = 0
    for name in evidence.archive.table.names():
        key = unicodedata.normalize("NFC", name).casefold() if not name.isascii() else name.lower()
        other = seen.setdefault(key, name)
        if other != name and told < _TOLD:
            told += 1
            message = f"{other} and {name} are the same where case or composition does not count"
            yield Draft("member-name-collision", message, Location(member=name))


def _below_files(evidence: Evidence) -> Iterator[Draft]:
    """Tell names below a name that is a file's: what unpacks can have one of the two only."""
    table = evidence.archive.table
    seen: set[str] = set()
    told: set[str] = set()
    for name in table.names():
        directory = name.rpartition("/")[0]
        if directory in seen or len(told) >= _TOLD:
            continue
        seen.add(directory)
        parts = directory.split("/", _DEPTH)[:_DEPTH]
        for count in range(1, len(parts) + 1):
            above = "/".join(parts[:count])
            found = table.find(above) if above not in told else None
            if found is not None and found.kind in (MemberKind.FILE, MemberKind.HARDLINK):
                told.add(above)
                message = f"{above} is a file, and {name} lies below it"
                yield Draft("member-name-collision", message, Location(member=name))


def _linked_roots(evidence: Evidence) -> Iterator[Draft]:
    """Tell where the documents at the root of a layout are links, which containerd passes over."""
    if all(view.name != "oci" for view in evidence.archive.views):
        return
    for name in ("index.json", "oci-layout"):
        lookup = evidence.archive.links.get(name)
        if lookup is not None and lookup.member is not None:
            link = lookup.links[0]
            message = f"{link.name} is a {link.kind.value} to {lookup.member.name}"
            yield Draft("link-blob", message, Location(member=link.name))


def check_links(evidence: Evidence) -> Iterator[Draft]:
    """Tell links on the way to what a view uses, and links that lead nowhere."""
    told: set[str] = set()
    for name, lookup in evidence.archive.links.items():
        if lookup.fault is None:
            continue
        told.update(link.name for link in lookup.links)
        # Whoever names the link, and whoever names what it leads to, miss the same.
        cause = missing_cause(evidence, name)
        # A link into nothing says why something is missing; one that is an attack comes first.
        order = Order.CONTENT if lookup.fault.rule == "link-dangling" else Order.FRAMING
        yield from_fault(lookup.fault, cause=cause, order=order)
    for use in evidence.uses.all:
        found = evidence.archive.links.get(use.claim.path)
        is_oci = not (isinstance(use.record, RecordedImage) and use.record.view != "oci")
        if found is None or found.member is None or not is_oci:
            continue
        name = found.links[0].name
        if name not in told:
            told.add(name)
            message = f"{name} is a {found.links[0].kind.value} to {found.member.name}"
            yield Draft("link-blob", message, Location(member=name))
    yield from _linked_roots(evidence)
    for member in evidence.archive.table:
        if member.kind not in (MemberKind.SYMLINK, MemberKind.HARDLINK) or member.name in told:
            continue
        unused = evidence.archive.table.look_up(member.name).fault
        if unused is not None and len(told) < evidence.limits.faults:
            told.add(member.name)
            severity = None if unused.rule != "link-dangling" else Severity.WARNING
            yield from_fault(unused._replace(severity=severity))
