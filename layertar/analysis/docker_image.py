"""DockerImage: one image as `docker image inspect` would describe it after `docker load`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.documents import familiar, is_full, normalise
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from layertar.digest import Digest
    from layertar.documents.docker_config import DockerConfig
    from layertar.image.model import Image, Verdict

__all__ = ["DockerImage", "docker_image"]


class DockerImage(NamedTuple):
    """What an engine with the classic store would say of an image, as far as an archive knows.

    Attributes:
        archive: the archive's name, as given.
        image_id: digest of the config; `None` in archives of Docker before 1.10, whose config
            the engine makes itself when it loads them.
        repo_tags: names with a tag, sorted, as Docker shortens them.
        repo_digests: `name@digest`, where the archive has the manifest or index of a name that
            records a digest, and its bytes are that. No other name proves a registry's digest:
            `docker save` writes a manifest of its own.
        parent: the image that it was built from, where that is in the archive too.
        config: what its config says.
        diff_ids: of its layers, base first: measured, else recorded.
        size: bytes of the files in its layers; `None` where layers were not read.
        manifest_digest: of its manifest.
        verdict: what is proved.
    """

    archive: str
    image_id: Digest | None
    repo_tags: tuple[str, ...]
    repo_digests: tuple[str, ...]
    parent: str
    config: DockerConfig | None
    diff_ids: tuple[Digest, ...]
    size: int | None
    manifest_digest: Digest | None
    verdict: Verdict


def docker_image(
    archive: str, image: Image, config: DockerConfig | None, parent: str
) -> DockerImage:
    """Describe one image."""
    full = [normalise(name) for name in image.names if is_full(name)]
    diff_ids = [layer.diff_id or layer.recorded.diff_id for layer in image.layers]
    sizes = [layer.content_size for layer in image.layers]
    known = [size for size in sizes if size is not None]
    measured = {str(digest) for digest in (image.manifest_digest, image.index_digest) if digest}
    return DockerImage(
        archive=archive,
        image_id=image.image_id or image.recorded.image_id,
        repo_tags=tuple(sorted({familiar(name) for name in full if "@" not in name})),
        repo_digests=tuple(
            sorted({familiar(name) for name in full if name.partition("@")[2] in measured})
        ),
        parent=parent,
        config=config,
        diff_ids=tuple(diff_id for diff_id in diff_ids if diff_id is not None),
        size=sum(known) if len(known) == len(sizes) else None,
        manifest_digest=image.manifest_digest,
        verdict=image.verdict,
    )
