"""DocumentReader: a member's bytes, once, as a typed document."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from layertar import mediatype
from layertar.archive.record import Role
from layertar.documents import (
    parse_artifact_index,
    parse_bundle,
    parse_config,
    parse_index,
    parse_lone_descriptor,
    parse_manifest,
    parse_manifest_json,
    parse_oci_layout,
    parse_repositories,
    parse_v1_layer,
    stated_media_type,
)
from layertar.errors import DocumentError, InputError, LimitError
from layertar.fault import Fault
from layertar.members import MemberKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from layertar.archive.record import Claim
    from layertar.digest import Digest
    from layertar.documents import (
        ArtifactIndex,
        Bundle,
        DockerManifest,
        ImageConfig,
        Index,
        LoneDescriptor,
        Manifest,
        OciLayout,
        Repositories,
        V1Layer,
    )
    from layertar.limits import Limits
    from layertar.members import Content, Lookup, Member, MemberTable

__all__ = ["DocumentReader"]


# Layers of all images together, for each descriptor that may be visited. The largest mirrors have
# some ten layers an image, and record each in two views.
_LAYERS_A_DESCRIPTOR = 4

# How go-containerregistry ends a layer's name, whatever its compression.
_LAYER_ENDINGS = (".tar.gz", ".tar", ".tar.zst")


class _Document(Protocol):
    @property
    def faults(self) -> tuple[Fault, ...]: ...


Doc_co = TypeVar("Doc_co", bound=_Document, covariant=True)


class _Parser(Protocol[Doc_co]):
    def __call__(self, raw: bytes, *, member: str, limits: Limits) -> Doc_co: ...


class DocumentReader:
    """Reads the documents of one archive; each member once, whoever asks.

    Attributes:
        limits: the bounds.
        root: the directory that every name counts from; empty, or ends with a slash.
        raw: the bytes of every document read, by member.
        faults: what was met, in the order of reading.
        links: the names that led through links, each with what they led to.
    """

    def __init__(self, content: Content, limits: Limits, *, root: str = "") -> None:
        """Read from `content`, as if there were only what lies below the directory `root`.

        `root` is empty or ends with a slash.
        """
        self.limits = limits
        self.root = root
        self.raw: dict[Member, bytes] = {}
        self.faults: list[Fault] = []
        self.links: dict[str, Lookup] = {}
        self._content = content
        self._left = limits.documents_read
        self._layers_left = _LAYERS_A_DESCRIPTOR * limits.descriptors
        self._parsed: dict[tuple[Member | bytes, str], object] = {}
        self._unreadable: set[Member] = set()

    @property
    def table(self) -> MemberTable:
        """The members."""
        return self._content.table

    @cached_property
    def has_blobs(self) -> bool:
        """Whether there is a folder of blobs, as a layout has it."""
        return any(name.startswith("blobs/") for name in self.names())

    def names(self) -> Iterator[str]:
        """Iterate over the distinct names below the root, counted from there."""
        root = self.root
        if not root:
            return self.table.names()
        return (name[len(root) :] for name in self.table.names() if name.startswith(root))

    def place(self, name: str) -> str:
        """Return the member name of what is `name` counted from the root."""
        return self.root + name

    def grant_layers(self, count: int) -> tuple[int, Fault | None]:
        """Say how many of an image's `count` layers may be examined, and that it is not all.

        An entry of two bytes makes a record of hundreds, so all layers together are bounded too.
        """
        granted = min(count, self.limits.layers, self._layers_left)
        self._layers_left -= granted
        if granted == count:
            return granted, None
        detail = f"{count} layers; only the first {granted} were examined"
        return granted, Fault("limit-exceeded", detail)

    def grant_anew(self) -> None:
        """Forget what was granted: the first view is read once more."""
        self._layers_left = _LAYERS_A_DESCRIPTOR * self.limits.descriptors

    def look_up_blob(self, digest: Digest, _: Role = Role.BLOB) -> tuple[str, Member | None]:
        """Find the file named after `digest`; returns the name that it should have, too.

        Besides the layout's own form, `blobs/<algorithm>/<encoded>`, Open Component Model
        archives name blobs `blobs/<algorithm>.<encoded>`. Without a folder of blobs, as apko
        writes archives, names are `<algorithm>:<encoded>` and, of layers, those of
        go-containerregistry.
        """
        encoded = digest.encoded
        due = f"blobs/{digest.algorithm}/{encoded}"
        if self.has_blobs:
            names = [due, f"blobs/{digest.algorithm}.{encoded}"]
        else:
            names = [str(digest), *(f"{encoded}{ending}" for ending in _LAYER_ENDINGS)]
        return self.look_up_first(names, due=due)

    def look_up_first(self, names: Sequence[str], *, due: str) -> tuple[str, Member | None]:
        """Find the first of `names` that is a file; returns its member name, else that of `due`."""
        for name in names:
            place = self.place(name)
            member = self._look_up(place, place)
            if member is not None:
                return place, member
        return self.place(due), None

    def look_up(self, name: str) -> Member | None:
        """Find the file that `name` leads to; what is wrong with a link on the way is kept."""
        return self._look_up(self.place(name), name)

    def _look_up(self, place: str, name: str) -> Member | None:
        lookup = self._content.table.look_up(place)
        if lookup.links and name not in self.links:
            self.links[name] = lookup
            if lookup.fault is not None:
                self.faults.append(lookup.fault)
        member = lookup.member
        return member if member is not None and member.kind is MemberKind.FILE else None

    def bytes_of(self, member: Member) -> bytes | None:
        """Return a member's bytes, or `None` where they could not be had; the reason is kept."""
        if member in self.raw:
            return self.raw[member]
        # Of what the archive's end cuts short, the cut is told, not what it makes of a document.
        if member in self._unreadable or member is self._content.framing.cut:
            return None
        fault: Fault
        try:
            raw = self._content.read(member, limit=min(self.limits.document_size, self._left))
        except LimitError as error:
            if error.limit == "document_size" and member.size > self.limits.document_size:
                detail = f"{member.size} bytes are too many for a document, at most {error.maximum}"
                fault = Fault("json-too-large", detail, member=member.name)
            else:
                detail = "all documents together are too large to be kept; it was not examined"
                fault = Fault("limit-exceeded", detail, member=member.name)
        except InputError as error:
            fault = Fault("input-unreadable", f"cannot be read: {error.reason}", member=member.name)
        else:
            self.raw[member] = raw
            self._left -= len(raw)
            return raw
        self._unreadable.add(member)
        self.faults.append(fault)
        return None

    def index(self, member: Member) -> Index | None:
        """Return the member as an index."""
        return self._parse(member, "index", parse_index)

    def index_of(self, claim: Claim) -> Index | None:
        """Return what a claim leads to as an index."""
        return self._parse_claim(claim, "index", parse_index)

    def manifest_of(self, claim: Claim) -> Manifest | None:
        """Return what a claim leads to as a manifest."""
        # Whether it is of a withdrawn or an old kind is the descriptor's word.
        parse = partial(parse_manifest, media_type=claim.media_type)
        return self._parse_claim(claim, f"manifest {claim.media_type}", parse)

    def tell_disguise(self, claim: Claim) -> None:
        """Tell a document that calls itself a manifest or an index, and its descriptor does not.

        It is not read as one, so that nothing else would say what it hides (manifest.md,
        mediaType).
        """
        member, recorded = claim.member, claim.media_type or ""
        if member is None or not recorded:
            return
        if member.size > self.limits.document_sure_size:
            return
        raw = self.bytes_of(member)
        own = stated_media_type(raw) if raw is not None else None
        if own is None or not (mediatype.is_index(own) or mediatype.is_manifest(own)):
            return
        detail = f"says {recorded!r}, {member.name} itself says {own!r}"
        self.faults.append(
            Fault(
                "media-type-mismatch",
                detail,
                member=claim.document,
                pointer=f"{claim.pointer}/mediaType",
                recorded=recorded,
                measured=own,
            )
        )

    def config_of(self, claim: Claim) -> ImageConfig | None:
        """Return what a claim leads to as an image's config."""
        return self._parse_claim(claim, "config", parse_config)

    def oci_layout(self, member: Member) -> OciLayout | None:
        """Return the member as the marker of an OCI layout."""
        return self._parse(member, "oci-layout", parse_oci_layout)

    def lone_descriptor(self, member: Member) -> LoneDescriptor | None:
        """Return the member as a file below `refs/` of an old OCI layout."""
        return self._parse(member, "descriptor", parse_lone_descriptor)

    def bundle(self, member: Member) -> Bundle | None:
        """Return the member as a `manifest.json` of imgpkg."""
        return self._parse(member, "bundle", parse_bundle)

    def artifact_index(self, member: Member) -> ArtifactIndex | None:
        """Return the member as an `artifact-index.json`."""
        return self._parse(member, "artifact index", parse_artifact_index)

    def docker_manifest(self, member: Member) -> DockerManifest | None:
        """Return the member as a `manifest.json` of `docker save`."""
        return self._parse(member, "manifest.json", parse_manifest_json)

    def repositories(self, member: Member) -> Repositories | None:
        """Return the member as a `repositories` file of `docker save`."""
        return self._parse(member, "repositories", parse_repositories)

    def v1_layer(self, member: Member) -> V1Layer | None:
        """Return the member as the `json` of a layer of Docker before 1.10."""
        return self._parse(member, "v1 json", parse_v1_layer)

    def _parse_claim(self, claim: Claim, kind: str, parse: _Parser[Doc_co]) -> Doc_co | None:
        if claim.member is not None:
            return self._parse(claim.member, kind, parse)
        if claim.inline is not None:
            key = (claim.inline, kind)
            if key not in self._parsed:
                self._parsed[key] = self._parse_raw(claim.inline, claim.document, parse)
            return self._parsed[key]  # type: ignore[return-value] # the kind decides the type
        return None

    def _parse(self, member: Member, kind: str, parse: _Parser[Doc_co]) -> Doc_co | None:
        """Return a member's document, or `None` where nothing of it could be read.

        The document's faults, or the reason why there is none, are kept.
        """
        key = (member, kind)
        if key in self._parsed:
            return self._parsed[key]  # type: ignore[return-value] # the kind decides the type
        raw = self.bytes_of(member)
        document = self._parse_raw(raw, member.name, parse) if raw is not None else None
        self._parsed[key] = document
        return document

    def _parse_raw(self, raw: bytes, name: str, parse: _Parser[Doc_co]) -> Doc_co | None:
        try:
            document = parse(raw, member=name, limits=self.limits)
        except DocumentError as error:
            self.faults.append(Fault(error.rule, error.reason, member=name, offset=error.offset))
            return None
        self.faults.extend(document.faults)
        return document
