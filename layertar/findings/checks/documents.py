"""JSON and the documents' own form."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from layertar import mediatype
from layertar.archive import RecordedIndex, Role
from layertar.documents import parse_manifest
from layertar.findings.checks.framing import CUT
from layertar.findings.draft import Draft, Order, from_fault
from layertar.findings.evidence import Subject
from layertar.findings.model import Effect, Location, failed, note, unverifiable, warning

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from layertar.archive import Claim
    from layertar.documents import Index
    from layertar.fault import Fault
    from layertar.findings.evidence import Evidence, Use

__all__ = ["RULES", "check_documents", "check_inner_media_types"]

_Found = TypeVar("_Found")

_JSON = "RFC 8259; RFC 7493 (I-JSON); OCI image-spec, canonicalization.md"
_SAVE_AGAIN = "Save the image again; do not edit the documents of an archive by hand."

RULES = (
    failed("json-invalid", "A document is no JSON, or not of the form it must have.",
           _SAVE_AGAIN, _JSON,
           why="No reader finds an image in it, except one that happens to use another view of "
           "the archive."),
    failed("json-duplicate-key", "A key occurs twice in one object; readers take either.",
           "Do not load it.",
           _JSON,
           why="Go takes the last and merges it into the first, Python takes the last, others "
           "the first: two tools can see two images in one document with one digest."),
    failed("json-case-variant-key", "A key occurs twice but for case; Go takes the last.",
           "Do not load it.",
           "golang/go, src/encoding/json/decode.go; RFC 8259",
           why="Programs written in Go (Docker, containerd, podman, skopeo) match keys whatever "
           "their case and take the last; others see the exactly spelled one only."),
    failed("json-trailing-data", "Bytes follow the document; some readers ignore them.",
           _SAVE_AGAIN, _JSON,
           why="A streaming decoder, such as Go's, stops after the first value; one that reads "
           "the whole document refuses it: it loads in one tool and not in another."),
    failed("json-not-utf8", "A document is not UTF-8, or has a byte order mark.",
           _SAVE_AGAIN, _JSON,
           why="Go replaces invalid bytes, Python refuses them or detects UTF-16 by itself, and "
           "most readers refuse a byte order mark: names and digests may differ by reader."),
    failed("json-nonstandard-number", "A number is none that every reader reads alike.",
           _SAVE_AGAIN, _JSON,
           why="Go refuses NaN, and a fraction where an integer is due, Python accepts both; "
           "beyond 2**53 readers round to different sizes."),
    unverifiable("json-too-deep", "A document is nested too deeply; it was not examined.",
                 "No producer nests so deeply: find out who made it.",
                 "RFC 8259, section 9",
                 why="Depth exhausts a reader's stack: some crash, Go gives up at 10000."),
    unverifiable("json-too-large", "A document is too large; it was not examined.",
                 "Find out who made it; no producer writes documents of this size.",
                 "containerd/containerd, core/images/archive/importer.go; "
                 "containers/container-libs, image/internal/iolimits/iolimits.go; CVE-2020-1702",
                 why="Loaders have bounds as well: containerd reads at most 20 MiB of "
                 "manifest.json, skopeo and podman 4 MiB of a manifest or config, Snyk 2 MiB."),
    failed("json-wrong-type", "A field is not of the type that the specification asks for.",
           _SAVE_AGAIN, _JSON,
           why="Readers written in Go refuse the document; readers in languages without types "
           "may take it for something else."),
    note("json-null-array", "An array is null, which readers take as empty.",
         "None needed.",
         "opencontainers/image-spec, specs-go/v1/manifest.go",
         why="Go writes null for a list that was never filled, and reads it as an empty one; "
         "readers in other languages may fail."),
    warning("oci-layout-missing", "An OCI layout lacks its marker, the file oci-layout.",
            'Add it: {"imageLayoutVersion": "1.0.0"}.',
            "OCI image-spec, image-layout.md, oci-layout file; moby/buildkit, issue 3729",
            why="Docker on the containerd store and ctr import then look for manifest.json "
            "instead of index.json, and refuse a layout that has none. BuildKit before 0.12 "
            "wrote no marker."),
    warning("oci-layout-version", "The layout's version is not 1.0.0.",
            "Save the image again; 1.0.0 is the only version there is.",
            "OCI image-spec, image-layout.md, oci-layout file; containerd/containerd, "
            "core/images/archive/importer.go",
            why="containerd, umoci and oras refuse any other version, containerd reads "
            "manifest.json instead where there is none, and skopeo goes on with index.json: they "
            "may load different images."),
    failed("oci-index-missing", "An OCI layout lacks index.json.",
           "Save the image again.", "OCI image-spec, image-layout.md, index.json file",
           why="Without it nothing says which of the blobs is the image; containerd, skopeo, "
           "podman and crane refuse it."),
    warning("oci-index-empty", "index.json lists nothing.",
            "Give the image a name when you save it.",
            "OCI image-spec, image-layout.md, index.json file; bazel-contrib/rules_oci, "
            "oci/private/tarball.sh.tpl",
            why="Blobs may be there, yet no reader of layouts finds an image among them: Bazel's "
            "rules_oci writes this when it is given no tag."),
    note("oci-artifact-manifest", "A manifest of the type that OCI withdrew before 1.1.",
         "None needed, or attach the artifact again with a current tool.",
         "OCI image-spec, releases v1.1.0-rc1 to v1.1.0-rc3, artifact.md",
         why="Registries and tools dropped this type again in 2023, so current ones may not copy "
         "it; it is no image."),
    failed("descriptor-invalid", "A descriptor, or a required part of it, is absent.",
           _SAVE_AGAIN, "OCI image-spec, descriptor.md, Properties",
           why="What has no digest cannot be found by it, what has no size cannot be bounded, "
           "and without a media type each reader guesses: loaders refuse it, or fail later."),
    failed("descriptor-size-negative", "A descriptor records a negative size.",
           _SAVE_AGAIN, "OCI image-spec, descriptor.md, Properties",
           why="Readers that reserve memory or stop reading by this size misbehave; the "
           "specification forbids it."),
    warning("descriptor-has-urls", "A descriptor names places elsewhere; nothing is fetched.",
            "Load it without network, or find out who added them.",
            "OCI image-spec, descriptor.md, Properties; CVE-2020-15157; "
            "containers/container-libs, image/oci/layout/oci_src.go",
            why="skopeo and podman try these places before the blob in the archive, which tells "
            "others that you read it; on a pull, containerd once sent them credentials."),
    failed("digest-malformed", "A digest breaks the grammar or its algorithm's form.",
           _SAVE_AGAIN,
           "OCI image-spec, descriptor.md, Digests; opencontainers/go-digest, digest.go; "
           "CVE-2024-3727",
           why="Loaders refuse it, and some that did not used it as a path of a file."),
    failed("media-type-mismatch", "A document is of another type than its descriptor says.",
           "Do not load it.",
           "OCI image-spec, manifest.md, mediaType; CVE-2021-41190",
           why="One client goes by the descriptor, another by the document: the same bytes are "
           "an image here and a list of images there."),
    note("media-type-absent", "A document does not state its own media type.",
         "None needed.",
         "OCI image-spec, manifest.md, mediaType",
         why="Without it two readers may take one document for different things; it SHOULD be "
         "there since image-spec 1.0.2. osbuild and older versions of skopeo leave it out."),
    failed("manifest-ambiguous", "A document can be read as an index and as a manifest.",
           "Do not load it.",
           "CVE-2021-41190; GHSA-77vh-xpmg-72qh",
           why="One client finds the platforms of an index in it, another the layers of an "
           "image, under one digest; containerd, skopeo and podman refuse it, umoci did not."),
    warning("manifest-schema1", "A manifest of Docker's schema 1, which has no config.",
            "Pull the image again in a current format.",
            "distribution/distribution, docs/content/spec/deprecated-schema-v1.md",
            why="Current versions of Docker and containerd no longer take it, and its digest "
            "covers only a part of its bytes: a plain hash differs for good reasons."),
    failed("manifest-schema-version", "A document's schemaVersion is not 2.",
           _SAVE_AGAIN, "OCI image-spec, manifest.md, schemaVersion",
           why="A reader that goes by the version refuses the document, or takes it for Docker's "
           "schema 1, which is read quite differently."),
    warning("index-nested-deep", "Indexes are nested deeper than layertar follows them.",
            "No producer nests so deeply: find out who made it.",
            "OCI image-spec, image-index.md; CVE-2026-53493",
            why="The specification sets no bound, and a small graph of indexes that share their "
            "children once took a reader exponential time."),
    warning("annotation-digest-malformed", "An annotation that must be a digest is none.",
            "Do not load it into an older containerd.",
            "CVE-2026-95839",
            why="containerd takes the annotation for a digest without looking and crashed on it "
            "before 2.2.10, 2.3.7 and 2.4.2."),
    warning("config-missing-field", "A config lacks architecture or os.",
            "Build the image with a tool that records both.",
            "OCI image-spec, config.md, Properties",
            why="Docker takes the machine's own in their place; a tool that chooses by platform "
            "may not find the image. Of an image without a command (files that crane append, oras "
            "or pack put into layers) nothing is run, so that it is a note."),
    failed("config-rootfs-type", "A config's rootfs is not of type layers.",
           "Build the image again.",
           "OCI image-spec, config.md, rootfs; opencontainers/umoci, oci/layer/unpack.go",
           why="The specification knows no other type and has whoever verifies or unpacks an "
           "image fail on one, as umoci does; another reader may not look."),
    warning("config-key-case", "Keys are spelled in another case than the specification's.",
            "Build the image with a tool that spells them as the specification does.",
            "OCI image-spec, config.md; golang/go, src/encoding/json/decode.go; "
            "spring-projects/spring-boot, ImageArchive.java",
            why="Docker, containerd, podman and skopeo read it, because Go ignores the case of "
            "keys; a tool that does not sees no layers and no command at all. Spring Boot's "
            "builder images are so."),
    note("config-in-descriptor-platform", "The config's descriptor has a platform.",
         "None needed, or save the image again with a newer Docker.",
         "moby/moby, daemon/internal/image/tarexport/save.go",
         why="Docker 25.0 to 26.0 wrote it so; Amazon's registry refused to take such a manifest."),
    warning("docker-manifest-schema-unknown", "manifest.json is not docker save's.",
            "None needed, if another tool wrote it on purpose.",
            "moby/moby, daemon/internal/image/tarexport/load.go; carvel-dev/imgpkg, "
            "pkg/imgpkg/imagetar/tar_writer.go",
            why="Three formats use the name manifest.json; docker load takes this one for no "
            "image archive."),
    warning("docker-manifest-empty", "manifest.json lists nothing.",
            "Save the image again, by its name.",
            "moby/moby, daemon/internal/image/tarexport/load.go; containerd/containerd, "
            "core/images/archive/importer.go",
            why="docker load and ctr import load nothing and report success where it is an empty "
            "list, and fail where it is null."),
    failed("docker-path-unsafe", "A path in manifest.json leads out of the archive.",
           "Do not load it.", "CVE-2014-9358; CVE-2016-7569",
           why="A loader that joins the path to its folder reads or overwrites files of the "
           "machine; current ones take it for a missing file."),
    failed("legacy-parent-cycle", "The parents of a layer lead back to it.",
           _SAVE_AGAIN, "moby/moby, image/spec/v1.md",
           why="A reader that follows parents without remembering them never ends; no image can "
           "be made of it."),
    warning("text-control-characters", "Text has control characters; they are shown escaped.",
            "Do not print it unescaped.",
            "Unicode Technical Report 36; ECMA-48",
            why="Printed as it is, it moves the cursor, hides text, forges lines of a log or "
            "steers the CI system that reads the output."),
)  # fmt: skip


def check_documents(evidence: Evidence) -> Iterator[Draft]:
    """Tell what was met in the documents, about whose documents they are."""
    table = evidence.archive.table
    faults = list(evidence.archive.faults)
    for view in evidence.archive.views:
        faults.extend(view.faults)
    places = _places(evidence)
    links = {(claim.document, claim.pointer): claim for claim in evidence.uses.index_claims}
    kinds = {name: _kind_cause(name, *types) for _, name, *types in _wrong_kinds(evidence)}
    for fault in dict.fromkeys(faults):
        if fault.rule.startswith("link-"):
            continue
        if fault.rule == "oci-layout-missing" and evidence.archive.framing.is_stopped:
            continue  # It may lie behind the bound, which is told.
        if fault.rule == "oci-index-missing" and evidence.is_cut:
            draft = from_fault(fault, cause=CUT, order=Order.DIGEST)
            yield draft._replace(effect=Effect.INCOMPLETE)
            continue
        member = table.find(fault.member) if fault.member is not None else None
        subjects = evidence.uses.readers(member) if member is not None else frozenset()
        subjects |= _closest(places, fault) or frozenset()
        draft = from_fault(fault, within=member, subjects=subjects)
        draft = draft._replace(link=_closest(links, fault))
        if fault.rule == "descriptor-invalid" and fault.pointer == "/config":
            # What is listed as another kind lacks what that kind must have.
            cause = kinds.get(fault.member or "")
            draft = draft._replace(cause=cause, order=Order.VIEWS)
        yield draft


def _places(evidence: Evidence) -> dict[tuple[str, str], frozenset[Subject]]:
    """Map the places in documents that make claims, or list an image, to whom these are about."""
    places: dict[tuple[str, str], set[Subject]] = {}
    for use in evidence.uses.all:
        if use.subject is not None:
            place = (use.claim.document, use.claim.pointer)
            places.setdefault(place, set()).add(use.subject)
    for number, image in enumerate(evidence.images):
        for record in image.records:
            place = (record.document, record.pointer)
            places.setdefault(place, set()).add(Subject("image", number))
    return {place: frozenset(subjects) for place, subjects in places.items()}


def _closest(places: Mapping[tuple[str, str], _Found], fault: Fault) -> _Found | None:
    """Return what is known of the place of a fault, or of the closest place around it."""
    pointer = fault.pointer or ""
    while pointer and fault.member is not None:
        found = places.get((fault.member, pointer))
        if found is not None:
            return found
        pointer = pointer.rpartition("/")[0]
    return None


def _wrong_kinds(evidence: Evidence) -> Iterator[tuple[Use, str, str, str]]:
    """Iterate over documents of another type than recorded: by whom, name, recorded, inner."""
    indexes = {
        index.claim: index.document
        for view in evidence.archive.views
        for index in view.indexes
        if index.claim is not None
    }
    for use in evidence.uses.all:
        claim, recorded = use.claim, use.claim.media_type
        inner = _inner(use, indexes)
        if inner is not None and recorded is not None and inner != recorded:
            name = claim.member.name if claim.member is not None else claim.document
            yield use, name, recorded, inner


def _kind_cause(name: str, recorded: str, inner: str) -> object:
    return ("media type", name, recorded, inner)


def check_inner_media_types(evidence: Evidence) -> Iterator[Draft]:
    """Hold a document's own `mediaType` against its descriptor's."""
    for use, name, recorded, inner in _wrong_kinds(evidence):
        claim = use.claim
        message = (
            f"{claim.document}#{claim.pointer}: the descriptor says {recorded!r}, "
            f"{name} itself says {inner!r}"
        )
        yield Draft(
            "media-type-mismatch",
            message,
            Location(member=name, pointer="/mediaType"),
            recorded=recorded,
            measured=inner,
            cause=_kind_cause(name, recorded, inner),
            within=claim.member,
            subjects=frozenset({use.subject} if use.subject is not None else ()),
        )
    shapes: set[int] = set()
    for view in evidence.archive.views:
        for index in view.indexes:
            own = index.document.media_type if index.document is not None else None
            if index.claim is not None and own is None and id(index.document) not in shapes:
                shapes.add(id(index.document))
                yield from _check_shape(evidence, index.claim, index.document)
            if index.claim is None and own is not None and not mediatype.is_index(own):
                name = f"{evidence.archive.root}index.json"
                message = f"{name}: it says of itself that it is {own!r}, not an index"
                location = Location(member=name, pointer="/mediaType")
                yield Draft("media-type-mismatch", message, location, measured=own)


def _check_shape(evidence: Evidence, claim: Claim, index: Index | None) -> Iterator[Draft]:
    """Tell a document that has a manifest's keys where an index is due, and says nothing itself."""
    if index is None or index.manifests:
        return
    name = claim.member.name if claim.member is not None else claim.document
    manifest = parse_manifest(index.raw, member=name, limits=evidence.limits)
    if manifest.config is not None or manifest.layers:
        message = f"{claim.document}#{claim.pointer}: said to be an index, {name} is a manifest"
        yield Draft(
            "media-type-mismatch",
            message,
            Location(member=name),
            recorded=claim.media_type,
            within=claim.member,
        )


def _inner(use: Use, indexes: dict[Claim, Index | None]) -> str | None:
    if use.claim.role is Role.INDEX:
        index = indexes.get(use.claim)
        return index.media_type if index is not None else None
    if use.claim.role is not Role.MANIFEST or isinstance(use.record, RecordedIndex | None):
        return None
    document = use.record.manifest_document
    return document.media_type if document is not None else None
