"""Contents: devices, files that grant rights, and secrets, for those who ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.documents import parse_v1_layer
from layertar.errors import DocumentError
from layertar.findings.checks.layers import layer_draft
from layertar.findings.draft import Draft, Order
from layertar.findings.evidence import Subject
from layertar.findings.model import Location, Severity, note, warning
from layertar.value import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from layertar.archive import RecordedImage
    from layertar.documents import V1Layer
    from layertar.findings.contents import LayerContents, Trait
    from layertar.findings.evidence import Evidence, Use

__all__ = [
    "RIGHTS_RULES",
    "RULES",
    "SECRET_RULES",
    "check_config_secrets",
    "check_contents",
]

#: What is looked for only where `--content` says so.
RIGHTS_RULES = (
    note("layer-device-node", "A layer has a device node.",
         "Make devices when the container is run (`--device`), not in the image.",
         "OCI image-spec, layer.md, File Attributes; OCI runtime-spec, config-linux.md, Devices",
         why="Rootless loaders cannot make it and fail or leave it out. One numbered 0:0 is "
         "overlayfs' mark of a deleted file, copied from a host's storage: loaders do not take "
         "it for a whiteout."),
    note("layer-setuid", "A file of a layer runs as its owner or group, whoever starts it.",
         "Remove the bit where nothing needs it, or run with `--security-opt no-new-privileges`.",
         "OCI image-spec, layer.md, File Attributes; chmod(2); CIS Docker Benchmark, 4.8",
         why="Who runs as another user in the container becomes root by a flaw in it. "
         "Distributions have some ten of them."),
    note("layer-capability", "A file of a layer has capabilities.",
         "Remove them where nothing needs them (`setcap -r`).",
         "OCI image-spec, layer.md, File Attributes; capabilities(7)",
         why="Whoever starts it has them, as far as the container's bounding set goes. Tools that "
         "drop extended attributes lose them, and then it fails to start."),
)  # fmt: skip

#: What is looked for only where `--secrets` says so.
SECRET_RULES = (
    warning("layer-secret", "A file of a layer holds what looks like a secret.",
            "Revoke it, then build without it: mount it (`RUN --mount=type=secret`), "
            "or copy only what is needed from a stage that has it.",
            "docs.docker.com, Build secrets; CWE-538",
            why="Whoever has the image has it, also where an upper layer deletes the file: lower "
            "layers are shipped as they are. It is known by its pattern, as its issuer documents "
            "it, or by the file's name; nobody tried it. Files that are compressed or encrypted "
            "themselves are not looked into."),
    warning("config-secret", "A config records what looks like a secret.",
            "Revoke it, then build without it: mount it (`RUN --mount=type=secret`), "
            "and give it to the container when it is run.",
            "docs.docker.com, Build checks, SecretsUsedInArgOrEnv; CWE-522",
            why="Whoever has the image reads the environment, the labels and every command that "
            "built it, arguments included; `docker history` shows them. It is known by its "
            "pattern, as its issuer documents it, or by the name before it; nobody tried it."),
)  # fmt: skip

RULES = (*RIGHTS_RULES, *SECRET_RULES)


class _Told(NamedTuple):
    """One thing to tell: of which layer, in words, and for whom, as far as is known."""

    use: Use
    words: str
    subjects: set[Subject]


def check_contents(evidence: Evidence) -> Iterator[Draft]:
    """Tell what is worth knowing of the files of each layer, once for all images that share it."""
    told: dict[tuple[object, Trait], _Told] = {}
    bounds: dict[tuple[object, str], _Told] = {}
    for use, subject, known in _layers(evidence):
        source = use.claim.member if use.claim.member is not None else use.claim.inline
        for trait, words in _worded(known):
            told.setdefault((source, trait), _Told(use, words, set())).subjects.add(subject)
        if known.problem is not None:
            new = _Told(use, known.problem, set())
            bounds.setdefault((source, known.problem), new).subjects.add(subject)
    for (of, trait), each in told.items():
        draft = _draft(evidence, each, trait.rule)
        yield draft._replace(
            # An image that shares the layer may hide the file, or not: both are told together.
            cause=(trait.rule, of, trait.path, trait.offset, trait.measured),
            location=replace(draft.location, offset=trait.offset),
            measured=trait.measured,
        )
    for (of, problem), each in bounds.items():
        draft = _draft(evidence, each, "limit-exceeded")
        yield draft._replace(cause=("limit-exceeded", of, problem), severity=Severity.WARNING)


def _layers(evidence: Evidence) -> Iterator[tuple[Use, Subject, LayerContents]]:
    """Iterate over the layers of images of which something is known, each image's once."""
    seen: set[tuple[int, int]] = set()
    for use in evidence.uses.all if evidence.contents.layers else ():
        subject = use.subject
        if subject is None or subject.position is None or use.layer is None:
            continue
        place = (subject.number, subject.position)
        known = evidence.contents.layers.get(place)
        # Two views may say where a layer lies, and only one have it.
        if known is None or place in seen or evidence.measured.of(use.claim) is None:
            continue
        seen.add(place)
        yield use, subject, known


def _worded(known: LayerContents) -> Iterator[tuple[Trait, str]]:
    last = {trait.rule: trait for trait in known.traits}
    for trait in known.traits:
        words = f"{trait.path}: {trait.what}"
        if trait.fate is not None:
            words += f"; {trait.fate}"
        if trait is last[trait.rule] and known.more.get(trait.rule):
            words += f" (and {known.more[trait.rule]} more files)"
        yield trait, words


def _draft(evidence: Evidence, told: _Told, rule: str) -> Draft:
    draft = layer_draft(evidence, told.use, rule, told.words, Order.CONTENT)
    return draft._replace(within=told.use.claim.member, subjects=frozenset(told.subjects))


class _Text(NamedTuple):
    """One text of a config.

    Attributes:
        pointer: where it is.
        called: what it is, in words.
        text: itself; of a setting, its value.
        name: of a setting.
    """

    pointer: str
    called: str
    text: str
    name: str | None = None

    def kinds(self) -> tuple[str, ...]:
        """Return the names of the kinds of secrets in it."""
        from layertar.secrets import scan_setting, scan_text  # noqa: PLC0415 - as above

        return scan_text(self.text) if self.name is None else scan_setting(self.name, self.text)


def check_config_secrets(evidence: Evidence) -> Iterator[Draft]:
    """Tell what looks like a secret in environments, labels and histories."""
    if not evidence.contents.secrets:
        return
    # Only who asks for it pays for it.
    from layertar.secrets import KINDS  # noqa: PLC0415

    for number, image in enumerate(evidence.images):
        record, key = image.first, evidence.image_key(number)
        for member, text in _texts(evidence, record):
            for kind in text.kinds():
                yield Draft(
                    "config-secret",
                    f"{member}: {text.called}: {KINDS[kind].summary}",
                    Location(member=member, pointer=text.pointer, image=key),
                    measured=kind,
                    cause=("config-secret", member, text.pointer, text.called, kind),
                    subjects=frozenset({Subject("image", number)}),
                )


def _texts(evidence: Evidence, record: RecordedImage) -> Iterator[tuple[str, _Text]]:
    """Iterate over the texts of an image's config, or of its layers' json before Docker 1.10."""
    document, claim = record.config_document, record.config
    if document is not None and claim is not None:
        name = claim.member.name if claim.member is not None else claim.path
        for text in _of_config(document.env, document.labels):
            yield name, text
        for position, step in enumerate(document.history):
            for field, value in (("created_by", step.created_by), ("comment", step.comment)):
                pointer = f"/history/{position}/{field}"
                yield name, _Text(pointer, f"history entry {position}", value or "")
        return
    if record.view != "docker-v1":
        return
    for layer in record.layers:
        json = _v1_layer(evidence, layer.claim.document)
        if json is not None:
            for text in _of_config(json.env, json.labels):
                yield layer.claim.document, text
            words = " ".join(json.command)
            yield layer.claim.document, _Text("/container_config/Cmd", "the command", words)


def _v1_layer(evidence: Evidence, name: str) -> V1Layer | None:
    member = evidence.archive.table.find(name)
    raw = evidence.archive.raw.get(member) if member is not None else None
    if raw is None:
        return None
    try:
        return parse_v1_layer(raw, member=name, limits=evidence.limits)
    except DocumentError:
        return None  # Which is told already.


def _of_config(env: tuple[str, ...], labels: Mapping[str, str]) -> Iterator[_Text]:
    for setting in env:
        key, _, value = setting.partition("=")
        yield _Text("/config/Env", f"the variable {key}", value, key)
    for key, value in labels.items():
        yield _Text("/config/Labels", f"the label {key}", value, key)
