"""DockerConfig: a config with every field that Docker Engine reads of it.

Only what `docker image inspect` shows is read here and nowhere else, so nothing of it is judged:
an archive's faults are told by the readers of the other documents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.documents._document import Document
from layertar.documents._object import read_root
from layertar.value import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layertar.documents._object import JsonObject
    from layertar.limits import Limits

__all__ = ["DockerConfig", "Healthcheck", "RuntimeConfig", "parse_docker_config"]

_Texts = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Healthcheck:
    """How a container's health is found out; times in nanoseconds, `None` where not said."""

    test: _Texts | None
    interval: int | None
    timeout: int | None
    start_period: int | None
    retries: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeConfig:
    """`config` or `container_config`: what a container is started with.

    The names are those of Docker's API (moby/moby, api/types/container/config.go); arrays and
    maps are `None` where they are null or absent, which Docker shows as null.
    """

    hostname: str = ""
    domainname: str = ""
    user: str = ""
    attach_stdin: bool = False
    attach_stdout: bool = False
    attach_stderr: bool = False
    exposed_ports: _Texts = ()
    tty: bool = False
    open_stdin: bool = False
    stdin_once: bool = False
    env: _Texts | None = None
    cmd: _Texts | None = None
    healthcheck: Healthcheck | None = None
    args_escaped: bool = False
    image: str = ""
    volumes: _Texts | None = None
    working_dir: str = ""
    entrypoint: _Texts | None = None
    network_disabled: bool = False
    mac_address: str = ""
    on_build: _Texts | None = None
    labels: Mapping[str, str] | None = None
    stop_signal: str = ""
    stop_timeout: int | None = None
    shell: _Texts = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DockerConfig:
    """An image's config, or the json of a layer of Docker before 1.10, as Docker reads it.

    Attributes:
        architecture: empty where the document does not say; so all strings.
        variant: of the architecture.
        os: what it runs on.
        os_version: such as `10.0.14393.1066`.
        created: the instant, as recorded.
        author: as recorded.
        comment: the document's, else that of the last step of its history.
        container: the container that it was made from.
        container_config: what that was started with.
        docker_version: of the engine that made it.
        config: what a container of it is started with.
    """

    architecture: str
    variant: str
    os: str
    os_version: str
    created: str
    author: str
    comment: str
    container: str
    container_config: RuntimeConfig
    docker_version: str
    config: RuntimeConfig


def parse_docker_config(raw: bytes, *, limits: Limits) -> DockerConfig:
    """Read a config.

    Raises:
        DocumentError: nothing could be read.
    """
    root = read_root(Document(raw, member="", limits=limits))
    history = root.objects("history") or ()
    last = history[-1] if history else None
    comment = root.string("comment") or (last.string("comment") if last is not None else None)
    return DockerConfig(
        architecture=root.string("architecture") or "",
        variant=root.string("variant") or "",
        os=root.string("os") or "",
        os_version=root.string("os.version") or "",
        created=root.string("created") or "",
        author=root.string("author") or "",
        comment=comment or "",
        container=root.string("container") or "",
        container_config=_runtime(root.object("container_config")),
        docker_version=root.string("docker_version") or "",
        config=_runtime(root.object("config")),
    )


def _runtime(at: JsonObject | None) -> RuntimeConfig:
    if at is None:
        return RuntimeConfig()
    return RuntimeConfig(
        hostname=at.string("Hostname") or "",
        domainname=at.string("Domainname") or "",
        user=at.string("User") or "",
        attach_stdin=at.boolean("AttachStdin") or False,
        attach_stdout=at.boolean("AttachStdout") or False,
        attach_stderr=at.boolean("AttachStderr") or False,
        exposed_ports=tuple(sorted(at.object_map("ExposedPorts"))),
        tty=at.boolean("Tty") or False,
        open_stdin=at.boolean("OpenStdin") or False,
        stdin_once=at.boolean("StdinOnce") or False,
        env=_words(at, "Env"),
        cmd=_words(at, "Cmd"),
        healthcheck=_healthcheck(at.object("Healthcheck")),
        args_escaped=at.boolean("ArgsEscaped") or False,
        image=at.string("Image") or "",
        volumes=None if at.is_empty("Volumes") else tuple(sorted(at.object_map("Volumes"))),
        working_dir=at.string("WorkingDir") or "",
        entrypoint=_words(at, "Entrypoint"),
        network_disabled=at.boolean("NetworkDisabled") or False,
        mac_address=at.string("MacAddress") or "",
        on_build=_words(at, "OnBuild"),
        labels=None if at.is_empty("Labels") else at.texts("Labels", "label"),
        stop_signal=at.string("StopSignal") or "",
        stop_timeout=at.integer("StopTimeout"),
        shell=_words(at, "Shell") or (),
    )


def _words(at: JsonObject, key: str) -> _Texts | None:
    """Read an array of words; one word alone stands for an array of it, as in old documents."""
    if at.is_text(key):
        return (at.string(key) or "",)
    words = at.strings(key)
    return None if words is None else tuple(word or "" for word in words)


def _healthcheck(at: JsonObject | None) -> Healthcheck | None:
    if at is None:
        return None
    return Healthcheck(
        test=_words(at, "Test"),
        interval=at.integer("Interval"),
        timeout=at.integer("Timeout"),
        start_period=at.integer("StartPeriod"),
        retries=at.integer("Retries"),
    )
