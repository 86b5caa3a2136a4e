"""Parse: a policy file's bytes to a `Policy`, strictly.

Whatever is not understood is an error: a policy that is followed in part is none.
"""

from __future__ import annotations

from datetime import date, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from layertar.digest import Digest
from layertar.errors import DigestError, PolicyError
from layertar.fault import Severity
from layertar.limits import DEFAULT_LIMITS
from layertar.platform import Platform
from layertar.policy.keys import COMPRESSIONS, KEYS, LEVELS, LIMITS, LOOKS
from layertar.policy.model import FORBIDDEN, NO_POLICY, Allow, Budget, Ignore, Policy, Required
from layertar.units import parse_age, parse_size

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

__all__ = ["parse_policy"]

_Read = TypeVar("_Read")

_SEVERITIES = {severity.label: severity for severity in Severity}
_PLATFORM_PARTS = (2, 3)
_SHOWN = 60
# Tables, and what stands in them; the empty one is the file itself.
_ALLOWED: dict[str, dict[str, None]] = {"": {}}
for _key in KEYS:
    _table, _, _name = _key.name.replace("[]", "").rpartition(".")
    _ALLOWED[""].setdefault(_table or _name)
    _ALLOWED.setdefault(_table, {}).setdefault(_name)


class _Value:
    """A value, and the key that it stands at, for errors that say where."""

    def __init__(self, source: str, key: str, value: object) -> None:
        self.source = source
        self.key = key
        self.value = value

    def error(self, reason: str) -> PolicyError:
        return PolicyError(self.source, self.key, reason)

    def wrong(self, allowed: str) -> PolicyError:
        shown = str(self.value)
        shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
        return self.error(f"{shown!r} is not allowed; write {allowed}")

    def get(self, name: str) -> _Value | None:
        """Go to a key of a table."""
        table = self._table()
        key = f"{self.key}.{name}" if self.key else name
        return _Value(self.source, key, table[name]) if name in table else None

    def read(self, name: str, how: Callable[[_Value], _Read]) -> _Read | None:
        """Read a key of a table by `how`; `None` where it is not there."""
        found = self.get(name)
        return None if found is None else how(found)

    def names(self) -> tuple[str, ...]:
        return tuple(self._table())

    def table(self, allowed: Collection[str]) -> _Value:
        """Hold this to be a table of no other keys than `allowed`."""
        for name in self._table():
            if name not in allowed:
                key = f"{self.key}.{name}" if self.key else name
                raise PolicyError(self.source, key, f"there is no such key{_near(name, allowed)}")
        return self

    def _table(self) -> dict[str, object]:
        if not isinstance(self.value, dict):
            raise self.wrong(f"a table, [{self.key}]")
        return self.value

    def items(self) -> tuple[_Value, ...]:
        """Go through a list."""
        if not isinstance(self.value, list):
            raise self.wrong("a list, in brackets")
        return tuple(
            _Value(self.source, f"{self.key}[{position}]", item)
            for position, item in enumerate(self.value)
        )

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.wrong("a text, in quotes")
        if not self.value.strip():
            raise self.error("it is empty")
        return self.value

    def one_of(self, words: Collection[str]) -> str:
        word = self.text()
        if word not in words:
            raise self.error(f"there is no {word!r}{_near(word, words)}")
        return word

    def boolean(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.wrong("true or false")
        return self.value

    def number(self, least: int, most: int) -> int:
        number = self.value
        if not isinstance(number, int) or isinstance(number, bool) or not least <= number <= most:
            raise self.wrong(f"a whole number from {least} to {most}")
        return number

    def size(self, least: int, most: int) -> int:
        """Read bytes, as a number or as a text with a unit."""
        if not isinstance(self.value, str):
            return self.number(least, most)
        return _Value(self.source, self.key, self.understood(parse_size)).number(least, most)

    def understood(self, how: Callable[[str], _Read]) -> _Read:
        """Read a text by what raises `ValueError` for others."""
        try:
            return how(self.text())
        except PolicyError:
            raise
        except ValueError as error:
            raise self.error(str(error)) from error


def _near(name: str, allowed: Collection[str]) -> str:
    # Only what is mistyped needs it.
    from difflib import get_close_matches  # noqa: PLC0415

    near = get_close_matches(name.lower(), allowed, n=1)
    told = f"; did you mean {near[0]}?" if near else ""
    return f"{told} (allowed: {', '.join(allowed)})"


def parse_policy(raw: bytes, source: str, *, table: tuple[str, ...] = ()) -> Policy:
    """Read a policy file.

    Rules' names are not known here; `api.verify` looks for them.

    Args:
        raw: the file's bytes.
        source: the file, for errors.
        table: where in it the policy stands, such as `tool`, `layertar`.

    Returns:
        The policy; `NO_POLICY` where there is no such table.

    Raises:
        PolicyError: it is no TOML, or has something that is not understood.
    """
    values = _decoded(raw, source)
    for name in table:
        inner = values.get(name)
        if inner is None:
            return NO_POLICY
        if not isinstance(inner, dict):
            raise PolicyError(source, ".".join(table), "it is no table")
        values = inner
    root = _Value(source, "", values).table(_ALLOWED[""])
    return Policy(
        source=source,
        severities=MappingProxyType(root.read("severity", _severities) or {}),
        ignored=root.read("ignore", _ignored) or (),
        limits=MappingProxyType(root.read("limits", _limits) or {}),
        labels=_required(root, "labels"),
        annotations=_required(root, "annotations"),
        allow=root.read("allow", _allow) or Allow(),
        forbid=root.read("forbid", _forbid) or frozenset(),
        budget=root.read("budget", _budget) or Budget(),
        views_agree=root.read("require-views-agree", _Value.boolean) or False,
        look_for=root.read("look-for", _look_for) or frozenset(),
    )


def _decoded(raw: bytes, source: str) -> dict[str, object]:
    # Only who has a policy needs it.
    import tomllib  # noqa: PLC0415

    try:
        return tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise PolicyError(source, "", f"it is not UTF-8 at byte {error.start}") from error
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(source, "", f"it is no TOML: {error}") from error
    except RecursionError as error:
        raise PolicyError(source, "", "it is nested too deeply") from error


def _severities(at: _Value) -> dict[str, Severity | None]:
    found: dict[str, Severity | None] = {}
    for name in at.names():
        level = at.get(name)
        if level is not None:
            found[name] = _SEVERITIES.get(level.one_of(LEVELS))
    return found


def _ignored(at: _Value) -> tuple[Ignore, ...]:
    return tuple(_ignore(each.table(_ALLOWED["ignore"])) for each in at.items())


def _ignore(at: _Value) -> Ignore:
    rule, reason = at.read("rule", _Value.text), at.read("reason", _Value.text)
    if rule is None:
        raise at.error("its rule is missing: name the rule whose finding is known")
    if reason is None:
        raise at.error("its reason is missing: say why the finding does not count")
    ignore = Ignore(
        rule=rule,
        digest=at.read("digest", _digest),
        member=at.read("member", _Value.text),
        reason=reason,
        until=at.read("until", _day),
    )
    if ignore.digest is None and ignore.member is None:
        raise at.error("digest and member are missing: say which finding it is")
    return ignore


def _digest(at: _Value) -> Digest:
    try:
        return Digest.parse(at.text())
    except DigestError as error:
        raise at.error(str(error)) from error


def _day(at: _Value) -> date:
    # A `datetime` is a `date`, and says more than a day.
    if not isinstance(at.value, date) or isinstance(at.value, datetime):
        raise at.wrong("a day without quotes, such as 2026-12-31")
    return at.value


def _look_for(at: _Value) -> frozenset[str]:
    return frozenset(each.one_of(LOOKS) for each in at.items())


def _limits(at: _Value) -> dict[str, int]:
    at.table(LIMITS)
    found: dict[str, int] = {}
    for name, limit in LIMITS.items():
        value = at.get(name)
        if value is not None:
            read = value.size if limit.is_size else value.number
            found[limit.field] = read(limit.least, limit.most)
    return found


def _required(root: _Value, name: str) -> tuple[Required, ...]:
    at = root.get("require")
    found = at.table(_ALLOWED["require"]).get(name) if at is not None else None
    return tuple(map(_requirement, found.items())) if found is not None else ()


def _requirement(at: _Value) -> Required:
    key, equals, value = at.text().partition("=")
    if not key or (equals and not value):
        raise at.wrong("KEY or KEY=GLOB")
    return Required(key=key, value=value or None)


def _allow(at: _Value) -> Allow:
    at.table(_ALLOWED["allow"])
    return Allow(
        media_types=at.read("media-types", _texts),
        platforms=at.read("platforms", _platforms),
        compressions=at.read("compressions", _compressions),
    )


def _texts(at: _Value) -> tuple[str, ...]:
    return tuple(each.text() for each in at.items())


def _compressions(at: _Value) -> tuple[str, ...]:
    return tuple(each.one_of(COMPRESSIONS) for each in at.items())


def _platforms(at: _Value) -> tuple[Platform, ...]:
    return tuple(map(_platform, at.items()))


def _platform(at: _Value) -> Platform:
    parts = at.text().split("/")
    if len(parts) not in _PLATFORM_PARTS or not all(parts):
        raise at.wrong("OS/ARCH or OS/ARCH/VARIANT")
    os, architecture, *variant = parts
    return Platform(os, architecture, variant[0] if variant else None)


def _forbid(at: _Value) -> frozenset[str]:
    return frozenset(each.one_of(FORBIDDEN) for each in at.items())


_MOST = LIMITS["uncompressed-size"].most


def _budget(at: _Value) -> Budget:
    at.table(_ALLOWED["budget"])
    return Budget(
        size=at.read("max-size", lambda size: size.size(0, _MOST)),
        layer_size=at.read("max-layer-size", lambda size: size.size(0, _MOST)),
        layers=at.read("max-layers", lambda number: number.number(0, DEFAULT_LIMITS.layers)),
        created_age=at.read("max-created-age", lambda age: age.understood(parse_age)),
    )
