"""Platform: what an image runs on, and when two spellings mean the same."""

from __future__ import annotations

from layertar.value import NamedTuple

__all__ = ["Platform"]

# A variant that is the architecture's only or first one says nothing (containerd, platforms).
_IMPLIED_VARIANT = {"arm64": "v8", "amd64": "v1"}


class Platform(NamedTuple):
    """A platform as an index or a config records it (OCI image-spec, image-index.md).

    Attributes:
        os: `linux`, `windows`, ...; `None` where the document does not say.
        architecture: `amd64`, `arm64`, ...; `None` where the document does not say.
        variant: `v7`, `v8`, ...
        os_version: such as `10.0.14393.1066`.
        os_features: such as `win32k`.
    """

    os: str | None
    architecture: str | None
    variant: str | None = None
    os_version: str | None = None
    os_features: tuple[str, ...] = ()

    def __str__(self) -> str:
        """`os/architecture[/variant]`, an unknown part as `?`."""
        parts = [self.os or "?", self.architecture or "?"]
        if self.variant:
            parts.append(self.variant)
        return "/".join(parts)

    @property
    def is_unknown(self) -> bool:
        """Whether this is the `unknown/unknown` by which BuildKit marks attestations."""
        return self.os == "unknown" and self.architecture == "unknown"

    @property
    def normalised(self) -> tuple[str | None, str | None, str | None]:
        """Os, architecture and variant, with a variant that goes without saying left out."""
        variant = self.variant or None
        if self.architecture and variant == _IMPLIED_VARIANT.get(self.architecture):
            variant = None
        return self.os, self.architecture, variant

    def fits(self, wanted: Platform) -> bool:
        """Whether an image for this platform is one of those that `wanted` names.

        A variant that `wanted` leaves open fits any.
        """
        os, architecture, variant = wanted.normalised
        mine = self.normalised
        return mine[:2] == (os, architecture) and (wanted.variant is None or mine[2] == variant)
