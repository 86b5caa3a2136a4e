"""Contents: what the files of a layer are and hold, for those who asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["NO_CONTENTS", "Contents", "LayerContents", "Trait"]


class Trait(NamedTuple):
    """One thing that is worth knowing of one file of a layer.

    Attributes:
        rule: whose finding it is.
        path: of the file, cleaned, `surrogateescape`d.
        what: it is or holds, a clause; no value of a secret is in it.
        offset: where, in bytes of the layer's tar.
        measured: that in a word: the name of a secret's kind, a mode, a device's numbers.
        fate: how an upper layer hides it, a clause; `None` where the image shows it.
    """

    rule: str
    path: str
    what: str
    offset: int
    measured: str
    fate: str | None = None


class LayerContents(NamedTuple):
    """What is worth knowing of the files of a layer.

    Attributes:
        traits: by rule, then in the order of the tar; those of at most `Limits.layer_finds` files
            a rule.
        more: how many more files there are, by rule.
        problem: what was not looked at, a clause; `None` where everything was.
    """

    traits: tuple[Trait, ...]
    more: Mapping[str, int]
    problem: str | None = None


class Contents(NamedTuple):
    """What was asked of the files of an archive's layers, and what is known.

    Attributes:
        rights: whether devices, and files that grant rights, are told.
        secrets: whether secrets are told, of configs, too.
        layers: what is known, by the number of the image and the position of the layer.
    """

    rights: bool
    secrets: bool
    layers: Mapping[tuple[int, int], LayerContents]


#: Nobody asked.
NO_CONTENTS = Contents(rights=False, secrets=False, layers={})
