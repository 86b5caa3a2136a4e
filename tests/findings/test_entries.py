"""Rules about the entries of indexes: referrers, attestations, platforms, types."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from layertar import Severity, Verdict
from layertar.findings import Effect
from tests.builders import Built, build_docker, build_hybrid, descriptor, dumps, sha256
from tests.findings.cases import (
    Case,
    errors_of,
    examined,
    told,
)
from tests.findings.shapes import (
    APP,
    HELLO,
    TOOL,
    config_of,
    entry_of,
    index_of,
    layer_of,
    layout,
    manifest_of,
)

if TYPE_CHECKING:
    from pathlib import Path

_W, _N = Severity.WARNING, Severity.NOTE

_CONFIG = config_of(HELLO)
_MANIFEST = manifest_of(_CONFIG, layer_of(HELLO))
_OTHER_CONFIG = config_of(TOOL)
_OTHER = manifest_of(_OTHER_CONFIG, layer_of(TOOL))
_STATEMENT = b'{"_type":"https://in-toto.io/Statement/v0.1"}'
_EMPTY = b"{}"
_ABOUT = manifest_of(_EMPTY, descriptor("application/vnd.in-toto+json", _STATEMENT), config=(
    descriptor("application/vnd.oci.empty.v1+json", _EMPTY)
), artifactType="application/vnd.docker.attestation.manifest.v1+json")  # fmt: skip
_ABSENT = f"sha256:{'a' * 64}"
_AMD64 = {"os": "linux", "architecture": "amd64"}


def _beside(**entry: object) -> Built:
    """An image, and an attestation listed beside it with these keys."""
    index = index_of(entry_of(_MANIFEST), entry_of(_ABOUT, **entry))
    return layout(index, _MANIFEST, _CONFIG, HELLO, _ABOUT, _EMPTY, _STATEMENT)


def _two(one: dict[str, object], other: dict[str, object]) -> Built:
    """Two images of one nested index, with these keys in their entries."""
    inner = index_of(entry_of(_MANIFEST, **one), entry_of(_OTHER, **other))
    entry = descriptor("application/vnd.oci.image.index.v1+json", inner)
    blobs = (inner, _MANIFEST, _CONFIG, HELLO, _OTHER, _OTHER_CONFIG, TOOL)
    return layout(index_of(entry), *blobs)


def _typed(media_type: str) -> Built:
    """An image, and an artifact of one blob of this type."""
    artifact = manifest_of(
        _EMPTY,
        descriptor(media_type, _STATEMENT),
        config=descriptor("application/vnd.oci.empty.v1+json", _EMPTY),
        artifactType="application/vnd.example",
    )
    index = index_of(entry_of(_MANIFEST), entry_of(artifact))
    return layout(index, _MANIFEST, _CONFIG, HELLO, artifact, _EMPTY, _STATEMENT)


def _about(digest: str) -> Built:
    annotations = {
        "vnd.docker.reference.type": "attestation-manifest",
        "vnd.docker.reference.digest": digest,
    }
    return _beside(annotations=annotations)


def _signed(digest: str) -> Built:
    tag = f"{digest.replace(':', '-')}.sig"
    return _beside(annotations={"org.opencontainers.image.ref.name": tag})


def _stated(subject: bytes, *, about: bytes = _MANIFEST) -> Built:
    """An image, and an attestation listed as being about `about`, and saying another thing."""
    encoded = sha256(subject).removeprefix("sha256:")
    statement = dumps({"subject": [{"name": "app", "digest": {"sha256": encoded}}]})
    return _artifact("application/vnd.in-toto+json", statement, {
        "vnd.docker.reference.type": "attestation-manifest",
        "vnd.docker.reference.digest": sha256(about),
    })  # fmt: skip


def _payload(subject: bytes, *, tag: bytes | None = None) -> Built:
    """An image, and a signature of `subject`, tagged as being of `tag`."""
    image = {"docker-manifest-digest": sha256(subject)}
    payload = dumps({"critical": {"type": "cosign container image signature", "image": image}})
    name = f"{sha256(tag).replace(':', '-')}.sig" if tag is not None else ""
    annotations = {"org.opencontainers.image.ref.name": name} if name else {}
    return _artifact("application/vnd.dev.cosign.simplesigning.v1+json", payload, annotations)


def _artifact(media_type: str, blob: bytes, annotations: dict[str, str]) -> Built:
    manifest = manifest_of(
        _EMPTY,
        descriptor(media_type, blob),
        config=descriptor("application/vnd.oci.empty.v1+json", _EMPTY),
        artifactType="application/vnd.example",
    )
    index = index_of(entry_of(_MANIFEST), entry_of(manifest, annotations=annotations))
    return layout(index, _MANIFEST, _CONFIG, HELLO, manifest, _EMPTY, blob)


CASES = (
    Case(
        rule="attestation-subject-mismatch",
        severity=_W,
        effect=Effect.NONE,
        fires=_stated(_OTHER),
        near=_stated(_MANIFEST),
    ),
    Case(
        rule="signature-subject-mismatch",
        severity=_W,
        effect=Effect.NONE,
        fires=_payload(_OTHER),
        near=_payload(_MANIFEST),
    ),
    Case(
        rule="signature-subject-mismatch",
        severity=_W,
        effect=Effect.NONE,
        fires=_payload(_OTHER, tag=_MANIFEST),
        near=_payload(_MANIFEST, tag=_MANIFEST),
    ),
    Case(
        rule="referrer-descriptor",
        severity=_N,
        effect=Effect.NONE,
        fires=_beside(annotations={"io.containerd.manifest.subject": sha256(_MANIFEST)}),
        near=_beside(),
    ),
    Case(
        rule="index-entry-unknown-platform",
        severity=_N,
        effect=Effect.NONE,
        fires=_beside(platform={"os": "unknown", "architecture": "unknown"}),
        near=_beside(),
    ),
    Case(
        rule="index-duplicate-platform",
        severity=_W,
        effect=Effect.NONE,
        fires=_two({"platform": _AMD64}, {"platform": _AMD64}),
        near=_two({"platform": _AMD64}, {"platform": {**_AMD64, "variant": "v3"}}),
    ),
    Case(
        rule="index-duplicate-platform",
        severity=_W,
        effect=Effect.NONE,
        fires=_two({"platform": _AMD64}, {"platform": {**_AMD64, "variant": "v1"}}),
        near=_two({"platform": _AMD64}, {}),
    ),
    Case(
        rule="media-type-unknown",
        severity=_N,
        effect=Effect.NONE,
        fires=_typed("application/vnd.example.thing"),
        near=_typed("application/vnd.in-toto+json"),
    ),
    Case(
        rule="attestation-subject-mismatch",
        severity=_W,
        effect=Effect.NONE,
        fires=_about(_ABSENT),
        near=_about(sha256(_MANIFEST)),
    ),
    Case(
        rule="signature-subject-mismatch",
        severity=_W,
        effect=Effect.NONE,
        fires=_signed(_ABSENT),
        near=_signed(sha256(_MANIFEST)),
    ),
)


def test_entries_for_one_platform_are_listed_in_the_order_in_which_readers_meet_them(
    tmp_path: Path,
) -> None:
    built = _two({"platform": _AMD64}, {"platform": _AMD64})
    (finding,) = told(examined(built, tmp_path), "index-duplicate-platform")
    first, second = sha256(_MANIFEST), sha256(_OTHER)
    assert finding.message.index(first) < finding.message.index(second)


def test_an_entry_repeated_for_another_name_is_no_second_one(tmp_path: Path) -> None:
    entry = entry_of(_MANIFEST, platform=_AMD64)
    built = layout(index_of(entry, entry), _MANIFEST, _CONFIG, HELLO)
    assert told(examined(built, tmp_path), "index-duplicate-platform") == []


@pytest.mark.parametrize(
    "statement",
    [b"", b"[]", b"{", b'{"subject": 1}', b'{"subject": [1, {"digest": {"sha256": "x"}}]}',
     b'{"critical": {"image": {"docker-manifest-digest": "latest"}}}'],
)  # fmt: skip
def test_statements_that_say_nothing_are_passed_over(statement: bytes, tmp_path: Path) -> None:
    annotations = {"vnd.docker.reference.digest": sha256(_MANIFEST)}
    built = _artifact("application/vnd.in-toto+json", statement, annotations)
    assert examined(built, tmp_path).verdict is Verdict.VERIFIED


def test_a_signature_alone_is_no_signature_of_something_else(tmp_path: Path) -> None:
    manifest = manifest_of(_EMPTY, config=descriptor("application/vnd.oci.empty.v1+json", _EMPTY))
    tag = {"org.opencontainers.image.ref.name": f"sha256-{'a' * 64}.sig"}
    built = layout(index_of(entry_of(manifest, annotations=tag)), manifest, _EMPTY)
    assert told(examined(built, tmp_path), "signature-subject-mismatch") == []


def test_what_is_listed_as_another_kind_is_one_error(tmp_path: Path) -> None:
    inner = index_of(entry_of(_MANIFEST))
    built = layout(index_of(entry_of(inner)), inner, _MANIFEST, _CONFIG, HELLO)
    assert "descriptor-invalid" not in errors_of(examined(built, tmp_path))


def test_absent_platforms_of_one_index_are_one_finding(tmp_path: Path) -> None:
    absent = [
        {
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": f"sha256:{number:064x}",
            "size": 1,
            "platform": {"os": "linux", "architecture": f"cpu{number}"},
        }
        for number in range(30)
    ]
    inner = index_of(entry_of(_MANIFEST, platform=_AMD64), *absent)
    entry = descriptor("application/vnd.oci.image.index.v1+json", inner)
    built = layout(index_of(entry), inner, _MANIFEST, _CONFIG, HELLO)
    (finding,) = told(examined(built, tmp_path), "platform-not-included")
    assert "30 entries are not included: linux/cpu0, " in finding.message
    assert len(finding.related) == 8


_DSSE = "application/vnd.dsse.envelope.v1+json"


def _envelope(subject: bytes, **more: object) -> bytes:
    """An envelope of a statement about `subject`, with a signature that is none."""
    encoded = sha256(subject).removeprefix("sha256:")
    statement = dumps({"subject": [{"name": "\xfb\xff", "digest": {"sha256": encoded}}]})
    payload = base64.b64encode(statement).decode()
    signed = {"payloadType": "application/vnd.in-toto+json", "payload": payload}
    return dumps({**signed, "signatures": [{"sig": "bm9uZQ=="}], **more})


_LISTINGS = (
    {"vnd.docker.reference.digest": sha256(_MANIFEST)},
    {"io.containerd.manifest.subject": sha256(_MANIFEST)},
    {"org.opencontainers.image.ref.name": sha256(_MANIFEST).replace(":", "-") + ".att"},
    {"kind": "dev.cosignproject.cosign/atts"},
)


@pytest.mark.parametrize("listing", _LISTINGS)
def test_an_envelope_is_opened_and_its_statement_held_to_what_lists_it(
    listing: dict[str, str], tmp_path: Path
) -> None:
    wrong = examined(_artifact(_DSSE, _envelope(TOOL), listing), tmp_path)
    (finding,) = told(wrong, "attestation-subject-mismatch")
    assert finding.measured == sha256(TOOL)
    right = examined(_artifact(_DSSE, _envelope(_MANIFEST), listing), tmp_path)
    assert told(right, "attestation-subject-mismatch") == []
    assert right.verdict is Verdict.VERIFIED


def test_an_envelope_in_the_other_alphabet_of_base64_is_opened(tmp_path: Path) -> None:
    encoded = sha256(TOOL).removeprefix("sha256:")
    statement = b'{"subject":[{"name":"???>>>","digest":{"sha256":"%s"}}]}' % encoded.encode()
    payload = base64.urlsafe_b64encode(statement).decode()
    assert {"-", "_"} & set(payload)
    envelope = _envelope(_MANIFEST, payload=payload)
    report = examined(_artifact(_DSSE, envelope, _LISTINGS[0]), tmp_path)
    assert len(told(report, "attestation-subject-mismatch")) == 1


@pytest.mark.parametrize(
    "more",
    [
        {"payload": "not base64"},
        {"payload": ""},
        {"payload": 1},
        {"payload": base64.b64encode(b"[").decode()},
        {"payload": base64.b64encode(_envelope(TOOL)).decode()},
        {"payloadType": "text/plain"},
    ],
)
def test_an_envelope_that_holds_no_statement_is_passed_over(
    more: dict[str, object], tmp_path: Path
) -> None:
    report = examined(_artifact(_DSSE, _envelope(TOOL, **more), _LISTINGS[0]), tmp_path)
    assert told(report, "attestation-subject-mismatch") == []
    assert report.verdict is Verdict.VERIFIED


def test_an_attestation_that_nothing_lists_as_about_an_image_contradicts_nothing(
    tmp_path: Path,
) -> None:
    report = examined(_artifact(_DSSE, _envelope(TOOL), {}), tmp_path)
    assert told(report, "attestation-subject-mismatch") == []


def _below(built: Built) -> Built:
    for name in built.names:
        built = built.rename(name, f"saved/{name}")
    return built


def test_an_index_is_named_where_it_lies(tmp_path: Path) -> None:
    built = _below(_about(_ABSENT))
    (finding,) = told(examined(built, tmp_path), "attestation-subject-mismatch")
    assert finding.location.member == "saved/index.json"
    assert finding.message.startswith("saved/index.json#")


def test_what_an_archive_looks_like_does_not_depend_on_where_it_lies(tmp_path: Path) -> None:
    for name, built in {
        "classic": build_hybrid([APP]),
        "containerd": build_hybrid([APP], store="containerd"),
        "old": build_docker([APP], style="1.10"),
    }.items():
        path = tmp_path / name
        path.mkdir()
        guesses = [told(examined(each, path), "producer-guess") for each in (built, _below(built))]
        top, below = ([finding.message for finding in found] for found in guesses)
        assert top == below != []


def test_a_large_manifest_json_is_named_where_it_lies(tmp_path: Path) -> None:
    built = build_docker([APP], style="1.10")
    large = built.replace("manifest.json", built["manifest.json"] + b" " * (1 << 20))
    (finding,) = told(examined(_below(large), tmp_path), "limit-exceeded-for-peer")
    assert finding.location.member == "saved/manifest.json"
    assert told(examined(_below(built), tmp_path), "limit-exceeded-for-peer") == []
