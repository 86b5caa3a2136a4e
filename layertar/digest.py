"""Digest: `algorithm:encoded`, and the chain IDs made of them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from layertar.errors import DigestError
from layertar.regex import regex
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SUPPORTED_ALGORITHMS", "Digest", "chain_ids"]

# OCI image-spec, descriptor.md, Digests. `fullmatch`, since `$` also matches before "\n".
_GRAMMAR = regex(r"[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+")
_LOWER_HEX = regex(r"[0-9a-f]+")

#: Length of the encoded part of each algorithm that layertar can compute, in characters.
SUPPORTED_ALGORITHMS = {"sha256": 64, "sha512": 128}
# Registered or known to go-digest, so of known form, but not computed here.
_KNOWN_LENGTHS = {**SUPPORTED_ALGORITHMS, "sha384": 96, "blake3": 64}

# No digest of a supported algorithm is longer; others are opaque but must be bounded.
_MAX_LENGTH = 1024


class Digest(NamedTuple):
    """A digest as the specification writes it.

    Attributes:
        algorithm: the part before the colon, `sha256` nearly always.
        encoded: the part after it; lower-case hexadecimal for the registered algorithms.
    """

    algorithm: str
    encoded: str

    @classmethod
    def parse(cls, text: str) -> Digest:
        """Read `text`, also of an algorithm that layertar cannot compute.

        Raises:
            DigestError: the text breaks the grammar, or the form of a registered algorithm.

        Spec: OCI image-spec, descriptor.md, Digests and Registered algorithms.
        """
        if len(text) > _MAX_LENGTH:
            raise DigestError(text[:_MAX_LENGTH] + "...", f"longer than {_MAX_LENGTH} characters")
        if not _GRAMMAR.fullmatch(text):
            raise DigestError(text, "not of the form algorithm:encoded")
        algorithm, _, encoded = text.partition(":")
        length = _KNOWN_LENGTHS.get(algorithm)
        if length is not None:
            if len(encoded) != length:
                reason = f"{algorithm} has {length} digits, not {len(encoded)}"
                raise DigestError(text, reason)
            if not _LOWER_HEX.fullmatch(encoded):
                raise DigestError(text, "digits are 0 to 9 and a to f in lower case")
        return cls(algorithm, encoded)

    @classmethod
    def of(cls, data: bytes, *, algorithm: str = "sha256") -> Digest:
        """Measure `data` with a supported algorithm."""
        return cls(algorithm, hashlib.new(algorithm, data).hexdigest())

    @property
    def is_supported(self) -> bool:
        """Whether layertar can compute this algorithm, and so check the digest."""
        return self.algorithm in SUPPORTED_ALGORITHMS

    def __str__(self) -> str:
        """The digest as recorded."""
        return f"{self.algorithm}:{self.encoded}"


def chain_ids(diff_ids: Sequence[Digest]) -> tuple[Digest, ...]:
    """Compute each layer's chain ID, base first.

    Spec: OCI image-spec, config.md, Layer ChainID.
    """
    chain: list[Digest] = []
    for diff_id in diff_ids:
        below = chain[-1] if chain else None
        chain.append(diff_id if below is None else Digest.of(f"{below} {diff_id}".encode()))
    return tuple(chain)
