"""layertar: what is in a saved container image, and is every digest true?

The public names are imported when they are first used, so that `layertar --version` does not
pay for what it does not need.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from layertar.version import __version__

if TYPE_CHECKING:
    from layertar.api import Progress, inspect, verify
    from layertar.digest import Digest
    from layertar.errors import (
        ArchiveError,
        ArgumentError,
        DigestError,
        DocumentError,
        InputError,
        LayertarError,
        LimitError,
        ResultError,
        SelectionError,
    )
    from layertar.findings.model import Effect, Finding, Location, Related, Rule, Severity
    from layertar.image.model import Artifact, ArtifactBlob, ConfigBlob, Image, Layer, Verdict
    from layertar.limits import Limits
    from layertar.platform import Platform
    from layertar.report.model import ArchiveReport, Expectation, Report, Summary
    from layertar.report.register import REPORTERS

__all__ = [
    "REPORTERS",
    "ArchiveError",
    "ArchiveReport",
    "ArgumentError",
    "Artifact",
    "ArtifactBlob",
    "ConfigBlob",
    "Digest",
    "DigestError",
    "DocumentError",
    "Effect",
    "Expectation",
    "Finding",
    "Image",
    "InputError",
    "Layer",
    "LayertarError",
    "LimitError",
    "Limits",
    "Location",
    "Platform",
    "Progress",
    "Related",
    "Report",
    "ResultError",
    "Rule",
    "SelectionError",
    "Severity",
    "Summary",
    "Verdict",
    "__version__",
    "inspect",
    "verify",
]

_HOMES = {
    "api": ("Progress", "inspect", "verify"),
    "digest": ("Digest",),
    "errors": (
        "ArchiveError",
        "ArgumentError",
        "DigestError",
        "DocumentError",
        "InputError",
        "LayertarError",
        "LimitError",
        "ResultError",
        "SelectionError",
    ),
    "findings.model": ("Effect", "Finding", "Location", "Related", "Rule", "Severity"),
    "image.model": ("Artifact", "ArtifactBlob", "ConfigBlob", "Image", "Layer", "Verdict"),
    "limits": ("Limits",),
    "platform": ("Platform",),
    "report.model": ("ArchiveReport", "Expectation", "Report", "Summary"),
    "report.register": ("REPORTERS",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"layertar.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
