"""Policy: what is required of images, allowed in them, and overlooked."""

from __future__ import annotations

from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import TYPE_CHECKING

from layertar.value import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, timedelta

    from layertar.digest import Digest
    from layertar.fault import Severity
    from layertar.limits import Limits
    from layertar.platform import Platform

__all__ = ["FORBIDDEN", "NO_POLICY", "Allow", "Budget", "Ignore", "Policy", "Required"]

#: What `forbid` may name, and what that means.
FORBIDDEN: Mapping[str, str] = MappingProxyType(
    {
        "artifacts": "anything beside images: attestations, signatures, charts",
        "foreign-layers": "layers that are to be fetched from elsewhere: of a non-distributable "
        "type, or with URLs",
        "multiple-images": "more than one image in an archive",
        "unnamed-image": "images without a name",
        "unpinned-name": "names that move: with the tag `latest`, or with neither tag nor digest",
        "user-root": "images that run as root: no user, `root` or `0`; on Windows "
        "`ContainerAdministrator`",
    }
)

_NO_SEVERITIES: Mapping[str, Severity | None] = MappingProxyType({})
_NO_LIMITS: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """A finding that is known, and does not count.

    Attributes:
        rule: the rule that tells it.
        digest: of what it is about: the image, the bytes that it names, or, where nothing was
            measured, what is recorded; `None` for any.
        member: a glob of the member's name; `*` fits slashes, too; `None` for any.
        reason: why.
        until: the last day on which this holds (UTC); `None` for always.
    """

    rule: str
    digest: Digest | None
    member: str | None
    reason: str
    until: date | None

    def __str__(self) -> str:
        """What it says of which finding it is about."""
        places = (self.digest, self.member)
        return " ".join([self.rule, *(str(each) for each in places if each is not None)])

    def is_expired(self, today: date) -> bool:
        """Whether its last day has passed."""
        return self.until is not None and today > self.until

    def fits(self, rule: str, digests: frozenset[str], member: str | None) -> bool:
        """Whether it is about a finding of `rule`, of these digests, at this member."""
        return (
            rule == self.rule
            and (self.digest is None or str(self.digest) in digests)
            and (self.member is None or (member is not None and fnmatchcase(member, self.member)))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Required:
    """A label or an annotation that must be there: its key, and a glob of its value."""

    key: str
    value: str | None = None

    def __str__(self) -> str:
        """As the file has it."""
        return self.key if self.value is None else f"{self.key}={self.value}"

    def is_met(self, found: Mapping[str, str]) -> bool:
        """Whether `found` has it; an empty value is none."""
        value = found.get(self.key)
        return bool(value) and (self.value is None or fnmatchcase(value or "", self.value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Allow:
    """What may be in an archive; `None` is anything.

    Attributes:
        media_types: globs of the types of configs and layers, as recorded.
        platforms: of images; a variant left open fits any.
        compressions: of layers, measured.
    """

    media_types: tuple[str, ...] | None = None
    platforms: tuple[Platform, ...] | None = None
    compressions: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What an image may come to; `None` is without bound.

    Attributes:
        size: bytes of all layers, uncompressed.
        layer_size: bytes of one.
        layers: how many.
        created_age: since the instant that the config records.
    """

    size: int | None = None
    layer_size: int | None = None
    layers: int | None = None
    created_age: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a policy file says.

    Attributes:
        source: the file, as the caller names it; empty for no file.
        severities: the severity of what a rule finds; `None` leaves it out.
        ignored: findings that do not count.
        limits: bounds by the names of `limits.Limits`.
        labels: that an image's config must have.
        annotations: that an image's manifest, or its descriptor, must have.
        allow: what may be there.
        forbid: names of `FORBIDDEN`.
        budget: what an image may come to.
        views_agree: whether every view must list every image.
        look_for: names of `keys.LOOKS`: what is looked for beyond the usual.
    """

    source: str = ""
    severities: Mapping[str, Severity | None] = _NO_SEVERITIES
    ignored: tuple[Ignore, ...] = ()
    limits: Mapping[str, int] = _NO_LIMITS
    labels: tuple[Required, ...] = ()
    annotations: tuple[Required, ...] = ()
    allow: Allow = Allow()
    forbid: frozenset[str] = frozenset()
    budget: Budget = Budget()
    views_agree: bool = False
    look_for: frozenset[str] = frozenset()

    def bounds(self, limits: Limits) -> Limits:
        """Return `limits` with what this sets of them.

        Who trusts one layer with more trusts all of them with as much.
        """
        if not self.limits:
            return limits
        chosen = dict(self.limits)
        size = chosen.get("uncompressed_size")
        if size is not None:
            chosen.setdefault("uncompressed_total", size and max(size, limits.uncompressed_total))
        return replace(limits, **chosen)

    @property
    def needs_now(self) -> bool:
        """Whether what it says depends on the day."""
        return self.budget.created_age is not None or any(
            ignore.until is not None for ignore in self.ignored
        )


#: Nothing is required.
NO_POLICY = Policy()
