"""A model verifier: the relations of formats.md 6.1 written out plainly, to hold layertar against.

Slow, whole files in memory, the standard library and `zstandard`; no code shared with layertar,
and written from the specification. It judges what was made with care: an archive whose tar or
compression is odd is out of its scope, and it says so rather than guess.

    files      bytes to members: a strict tar, links, duplicates
    content    digests, what is within a compressed blob, what a layer's tar is like
    words      JSON as the specification wants it, descriptors
    kinds      media types
    layers     a layer against its diff_id
    manifest   a manifest, its config and layers, each against its descriptor
    oci        from index.json to manifests; what is absent and whether that is lawful
    docker     `manifest.json`, and what Docker before 1.10 left
    judge      both views together
    compare    the model's answer against layertar's
"""

from __future__ import annotations

from tests.model.compare import KNOWN, Difference, differences, unexplained
from tests.model.facts import ModelImage, ModelLayer, ModelReport, OutOfScopeError
from tests.model.judge import judge

__all__ = [
    "KNOWN",
    "Difference",
    "ModelImage",
    "ModelLayer",
    "ModelReport",
    "OutOfScopeError",
    "differences",
    "judge",
    "unexplained",
]
