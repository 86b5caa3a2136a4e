"""Examples of each command, for its help and the manual page.

A test runs each that is one command of `layertar` alone, beside an archive `app.tar` and a kept
`result.json`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EXAMPLES", "epilog"]

#: Command to examples, each within 76 columns.
EXAMPLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "verify": (
            "layertar verify app.tar",
            "docker save app:1 | layertar verify -",
            "layertar verify --image app:1 --format json --output kept.json app.tar",
            "layertar verify --report sarif=app.sarif --quiet app.tar other.tar",
            "layertar verify --config policy.toml app.tar",
        ),
        "inspect": (
            "layertar inspect app.tar",
            "layertar inspect --format json app.tar | jq '.archives[].images'",
        ),
        "images": (
            "layertar images app.tar",
            "layertar images app.tar --columns names,image_id --format csv",
        ),
        "layers": (
            "layertar layers app.tar",
            "layertar layers app.tar --format json | jq -r '.layers[].diff_id'",
        ),
        "history": ("layertar history app.tar --columns created_by,digest,diff_id",),
        "manifest": (
            "layertar manifest app.tar > manifest.json",
            "layertar manifest --pretty app.tar",
        ),
        "config": ("layertar config app.tar | jq .config.Labels",),
        "blob": (
            "layertar blob app.tar sha256:4e3a... --uncompressed | tar t",
            "layertar blob app.tar 4e3a9b2 | sha256sum",
        ),
        "digest": (
            "layertar digest app.tar",
            "layertar digest app.tar --of image-id",
        ),
        "ls": (
            "layertar ls app.tar",
            "layertar ls -l app.tar /etc",
            "layertar ls -R --digest app.tar | grep -v ^- | sha256sum --check",
            "layertar ls -R --deleted --sort size app.tar",
        ),
        "diff": (
            "layertar diff app.tar other.tar",
            "layertar diff app.tar other.tar --files --ignore mtime,/var/cache/**",
            "layertar diff app.tar other.tar --format json | jq '.files.changes[].path'",
        ),
        "sharing": (
            "layertar sharing app.tar other.tar",
            "layertar sharing *.tar --format dot | dot -Tsvg > sharing.svg",
        ),
        "size": (
            "layertar size app.tar",
            "layertar size app.tar other.tar --depth 0",
            "layertar size app.tar --format json > before.json",
            "layertar size app.tar --baseline before.json --max-growth 5% > growth.txt",
        ),
        "tree": (
            "layertar tree app.tar --depth 2",
            "layertar tree app.tar /etc --largest 5",
            "layertar tree app.tar --layer 0 --deleted",
        ),
        "waste": (
            "layertar waste app.tar",
            "layertar waste app.tar --max-wasted 5% --fail-under 0.95",
            "layertar waste app.tar --format json | jq '.hidden.paths[].path'",
        ),
        "find": (
            "layertar find app.tar --name '*.so*' --size +1M",
            "layertar find app.tar --setuid -l",
            "layertar find app.tar --type f --mode -0002 --format json",
            "layertar find app.tar --deleted --path '/root/*' -0 | xargs -0 -n1 echo",
        ),
        "which": (
            "layertar which app.tar /etc/hello",
            "layertar which app.tar /etc/hello --format json | jq .layers",
        ),
        "cat": (
            "layertar cat app.tar /etc/hello",
            "layertar cat app.tar /etc/passwd --layer 2 | diff - passwd",
        ),
        "export": (
            "layertar export app.tar --output rootfs.tar",
            "layertar export app.tar --to rootfs",
            "layertar export app.tar --layer-range 1: | tar tv",
        ),
        "lock": ("layertar lock app.tar other.tar --output layertar.lock",),
        "checksums": (
            "layertar checksums app.tar",
            "layertar checksums app.tar | (cd unpacked && sha256sum --check)",
        ),
        "attest": ("layertar attest app.tar --output statement.json",),
        "render": (
            "layertar render result.json",
            "layertar render --format junit --output junit.xml result.json",
        ),
        "rules": (
            "layertar rules",
            "layertar rules blob-digest-mismatch",
            "layertar rules --format json",
        ),
        "schema": (
            "layertar schema verify",
            "layertar schema rules",
        ),
    }
)


def epilog(command: str) -> str | None:
    """Return what help ends with; `None` where there are no examples."""
    examples = EXAMPLES.get(command)
    # Typer joins lines that no empty one parts.
    return "\n\n".join(["Examples:", *examples]) if examples else None
