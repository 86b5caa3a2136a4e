"""The JSON of `docker image inspect`, as Docker Engine 20.10 writes it on the classic store.

Keys, their order, and which are left out when empty are those of moby/moby 20.10,
api/types/types.go (ImageInspect) and api/types/container/config.go. `GraphDriver` is the host's
and is not there; what an archive cannot know is null. `Layertar` is ours: where an image is
from, and whether its digests are proved or only recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.documents.docker_config import RuntimeConfig
from layertar.regex import regex
from layertar.report.json_v1 import write_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import TextIO

    from layertar.analysis.docker_image import DockerImage
    from layertar.documents.docker_config import Healthcheck
    from layertar.report.json_v1 import Value

__all__ = ["write_docker"]

# Go's zero time, which Docker shows where there is none.
_NEVER = "0001-01-01T00:00:00Z"
_FRACTION = regex(r"(\.\d*?)0+(?=Z|[+-])")


def write_docker(images: Iterable[DockerImage], out: TextIO) -> None:
    """Write `images` as one array."""
    write_json((_image(image) for image in images), out)


def _image(image: DockerImage) -> Value:
    config = image.config
    runtime = RuntimeConfig()
    return {
        "Id": None if image.image_id is None else str(image.image_id),
        "RepoTags": iter(image.repo_tags),
        "RepoDigests": iter(image.repo_digests),
        "Parent": image.parent,
        "Comment": "" if config is None else config.comment,
        "Created": _NEVER if config is None else _time(config.created),
        "Container": "" if config is None else config.container,
        "ContainerConfig": _runtime(runtime if config is None else config.container_config),
        "DockerVersion": "" if config is None else config.docker_version,
        "Author": "" if config is None else config.author,
        "Config": _runtime(runtime if config is None else config.config),
        "Architecture": "" if config is None else config.architecture,
        **_unless_empty(Variant="" if config is None else config.variant),
        "Os": "" if config is None else config.os,
        **_unless_empty(OsVersion="" if config is None else config.os_version),
        "Size": image.size,
        "VirtualSize": image.size,
        "RootFS": {
            "Type": "layers",
            **({"Layers": iter(map(str, image.diff_ids))} if image.diff_ids else {}),
        },
        "Metadata": {"LastTagTime": _NEVER},
        "Layertar": {
            "Archive": image.archive,
            "Verdict": image.verdict.value,
            "ManifestDigest": None if image.manifest_digest is None else str(image.manifest_digest),
        },
    }


def _runtime(config: RuntimeConfig) -> Value:
    return {
        "Hostname": config.hostname,
        "Domainname": config.domainname,
        "User": config.user,
        "AttachStdin": config.attach_stdin,
        "AttachStdout": config.attach_stdout,
        "AttachStderr": config.attach_stderr,
        **({"ExposedPorts": _set(config.exposed_ports)} if config.exposed_ports else {}),
        "Tty": config.tty,
        "OpenStdin": config.open_stdin,
        "StdinOnce": config.stdin_once,
        "Env": _words(config.env),
        "Cmd": _words(config.cmd),
        **({} if config.healthcheck is None else {"Healthcheck": _health(config.healthcheck)}),
        **_unless_empty(ArgsEscaped=config.args_escaped),
        "Image": config.image,
        "Volumes": None if config.volumes is None else _set(config.volumes),
        "WorkingDir": config.working_dir,
        "Entrypoint": _words(config.entrypoint),
        **_unless_empty(NetworkDisabled=config.network_disabled, MacAddress=config.mac_address),
        "OnBuild": _words(config.on_build),
        "Labels": None if config.labels is None else _sorted(config.labels),
        **_unless_empty(StopSignal=config.stop_signal),
        **({} if config.stop_timeout is None else {"StopTimeout": config.stop_timeout}),
        **({"Shell": iter(config.shell)} if config.shell else {}),
    }


def _health(check: Healthcheck) -> Value:
    return {
        **({"Test": iter(check.test)} if check.test else {}),
        **_unless_empty(
            Interval=check.interval or 0,
            Timeout=check.timeout or 0,
            StartPeriod=check.start_period or 0,
            Retries=check.retries or 0,
        ),
    }


def _unless_empty(**values: bool | int | str) -> Mapping[str, Value]:
    return {key: value for key, value in values.items() if value}


def _words(words: Sequence[str] | None) -> Value:
    return None if words is None else iter(words)


def _set(names: Sequence[str]) -> Value:
    return {name: {} for name in names}


def _sorted(labels: Mapping[str, str]) -> Value:
    """Give a map in the order in which Go writes one."""
    return {key: labels[key] for key in sorted(labels)}


def _time(text: str) -> str:
    """Write an instant as Go does: no zeros at its end, and Z for UTC."""
    if not text:
        return _NEVER
    text = _FRACTION.sub(lambda match: match[1].removesuffix("."), text)
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text
