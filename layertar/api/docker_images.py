"""The verb behind `inspect --docker`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.analysis.docker_image import DockerImage, docker_image
from layertar.api.configs import raw_config
from layertar.api.listings import Listing
from layertar.api.reports import reported
from layertar.api.request import listing_request
from layertar.documents.docker_config import parse_docker_config
from layertar.errors import DocumentError
from layertar.limits import DEFAULT_LIMITS, Limits
from layertar.value import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertar.api.request import Progress
    from layertar.documents.docker_config import DockerConfig
    from layertar.findings import Evidence
    from layertar.image import JoinedImage
    from layertar.members import Content, Source
    from layertar.report.model import ArchiveReport

__all__ = ["docker_images"]


def docker_images(
    *sources: Source,
    image: str | None = None,
    platform: str | None = None,
    verify: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Listing[DockerImage]:
    """Describe images as `docker image inspect` does; arguments and errors as of `verify`.

    Sizes are known only where layers are read, which `verify` asks for.
    """
    request = listing_request(
        image=image,
        platform=platform,
        verify=verify,
        limits=limits,
        workers=workers,
        on_progress=on_progress,
    )
    rows: list[DockerImage] = []

    def consult(_: Content, evidence: Evidence, report: ArchiveReport) -> None:
        ids = {str(image.image_id) for image in report.images}
        for number, (joined, shown) in enumerate(zip(evidence.images, report.images, strict=True)):
            if evidence.wanted not in (None, number):
                continue
            parents = [record.parent for record in joined.records if record.parent in ids]
            config = _config(evidence, joined)
            rows.append(docker_image(report.name, shown, config, parents[0] if parents else ""))

    report = reported(replace(request, consult=consult), sources)
    return Listing(rows=tuple(rows), report=report)


def _config(evidence: Evidence, image: JoinedImage) -> DockerConfig | None:
    raw = raw_config(evidence, image)
    if raw is None:
        return None
    try:
        return parse_docker_config(raw, limits=evidence.limits)
    except DocumentError:
        return None
