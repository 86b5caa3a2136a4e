"""Every exception that layertar raises on purpose; nothing else leaves the library.

An exception means that the work cannot go on. An archive that is *wrong* is no exception:
what is wrong with it becomes a `Fault`, later a finding, and the reading goes on.
"""

from __future__ import annotations

__all__ = [
    "ArchiveError",
    "ArgumentError",
    "DigestError",
    "DocumentError",
    "InputError",
    "LayertarError",
    "LimitError",
    "PolicyError",
    "ResultError",
    "SelectionError",
    "TargetError",
    "system_reason",
]


class LayertarError(Exception):
    """The base of every error below."""


class ArgumentError(LayertarError, ValueError):
    """What a caller asks for makes no sense."""


class InputError(LayertarError):
    """An input cannot be read at all: absent, no permission, an I/O error.

    Attributes:
        name: the input as the caller named it.
        reason: what the operating system said, as one clause.
    """

    def __init__(self, name: str, reason: str) -> None:
        """Keep the input's name and the reason."""
        self.name = name
        self.reason = reason
        super().__init__(f"{name}: {reason}")

    @classmethod
    def of(cls, name: str, error: OSError) -> InputError:
        """Make one of what the operating system says."""
        return cls(name, system_reason(error))


def system_reason(error: OSError) -> str:
    """Return what the operating system says, as one clause."""
    return error.strerror or str(error)


class ArchiveError(LayertarError):
    """The input was read, and is no image archive.

    Attributes:
        rule: the name of the rule that tells it (`input-not-an-archive`, `archive-empty`, ...).
        reason: what it is instead, as one clause.
    """

    def __init__(self, rule: str, reason: str) -> None:
        """Keep the rule's name and the reason."""
        self.rule = rule
        self.reason = reason
        super().__init__(reason)


class DocumentError(LayertarError):
    """A document of which nothing could be read.

    Attributes:
        rule: the rule that it breaks (`json-invalid`, `json-too-deep`, ...).
        reason: what is wrong, as one clause.
        offset: where in the document, in bytes, where that is known.
    """

    def __init__(self, rule: str, reason: str, *, offset: int | None = None) -> None:
        """Keep the rule's name, the reason and the place."""
        self.rule = rule
        self.reason = reason
        self.offset = offset
        super().__init__(reason)


class DigestError(LayertarError, ValueError):
    """A text that is no digest (OCI image-spec, descriptor.md, Digests).

    Attributes:
        text: the text, as given.
        reason: which part of the grammar it breaks.
    """

    def __init__(self, text: str, reason: str) -> None:
        """Keep the text and the reason."""
        self.text = text
        self.reason = reason
        super().__init__(f"{text!r} is no digest: {reason}")


class LimitError(LayertarError):
    """A bound of `limits.Limits` was passed.

    Attributes:
        limit: the field of `Limits`.
        maximum: its value, in the unit that the field states.
    """

    def __init__(self, limit: str, maximum: int) -> None:
        """Keep the bound's name and value."""
        self.limit = limit
        self.maximum = maximum
        super().__init__(f"more than {limit} allows ({maximum})")


class PolicyError(LayertarError, ValueError):
    """A policy file that cannot be followed.

    Attributes:
        source: the file, as the caller names it.
        key: the key at fault, such as `ignore[0].until`; empty for the whole file.
        reason: what is wrong with it and what is allowed, as one clause.
    """

    def __init__(self, source: str, key: str, reason: str) -> None:
        """Keep the file, the key and the reason."""
        self.source = source
        self.key = key
        self.reason = reason
        super().__init__(f"{source}: {f'{key}: ' if key else ''}{reason}")


class ResultError(LayertarError, ValueError):
    """A text that is no result of `--format json`, or one of another version.

    Attributes:
        pointer: the place in the document (RFC 6901); empty for the whole of it.
        reason: what is wrong there, as one clause.
    """

    def __init__(self, pointer: str, reason: str) -> None:
        """Keep the place and the reason."""
        self.pointer = pointer
        self.reason = reason
        super().__init__(f"no result of layertar: {f'at {pointer}: ' if pointer else ''}{reason}")


class SelectionError(LayertarError):
    """No image, or no single one, is what the caller asked for.

    Attributes:
        wanted: what was asked for, as given.
        candidates: what there is to choose from, one line an image.
    """

    def __init__(self, wanted: str, reason: str, candidates: tuple[str, ...]) -> None:
        """Keep what was asked for and what there is."""
        self.wanted = wanted
        self.reason = reason
        self.candidates = candidates
        super().__init__(f"{wanted}: {reason}")


class TargetError(LayertarError):
    """What is to be written cannot be.

    Attributes:
        name: where, as the caller named it.
        reason: what the operating system said, or what is there, as one clause.
    """

    def __init__(self, name: str, reason: str) -> None:
        """Keep the name and the reason."""
        self.name = name
        self.reason = reason
        super().__init__(f"{name}: {reason}")
