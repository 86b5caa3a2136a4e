"""layertar: what is in a saved container image, and is every digest true?

The public names are imported when they are first used, so that `layertar --version` does not
pay for what it does not need.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from layertar.version import __version__

if TYPE_CHECKING:
    from layertar.analysis import DigestRow, HistoryRow, ImageRow, LayerRow
    from layertar.analysis.dive import DivePath, DiveScore
    from layertar.analysis.docker_image import DockerImage
    from layertar.analysis.duplicates import Duplicate
    from layertar.analysis.growth import Growth, GrowthLimit, GrowthRow, growth_of, parse_growth
    from layertar.analysis.hidden import HiddenCause, HiddenPath, LayerBytes
    from layertar.analysis.leftovers import Leftover, LeftoverKind, LeftoverPlace
    from layertar.analysis.ranked import Ranked
    from layertar.analysis.shares import (
        Bytes,
        ImageShare,
        LayerUse,
        SharedGroup,
        SharedLayer,
        Sharing,
    )
    from layertar.analysis.sizes import (
        ArchiveSize,
        BlobSize,
        DirectorySize,
        ImageSize,
        LayerSize,
        RoleSize,
    )
    from layertar.analysis.waste import Waste
    from layertar.api import Pins, Progress, attest, checksums, inspect, lock, verify
    from layertar.api.blobs import BlobCopy, blob
    from layertar.api.cat import FileCopy, cat
    from layertar.api.diffs import diff
    from layertar.api.docker_images import docker_images
    from layertar.api.documents import DocumentCopy, config, manifest
    from layertar.api.exporting import Exported, export, unpack
    from layertar.api.files import Files, files
    from layertar.api.finding import Found, find
    from layertar.api.image_path import ImagePath
    from layertar.api.listings import Listing, digests, history, images, layers
    from layertar.api.outlining import Outlined, tree
    from layertar.api.sharing import Shared, sharing
    from layertar.api.size import Sizes, size
    from layertar.api.tracing import Which, which
    from layertar.api.waste import Wasted, waste
    from layertar.digest import Digest
    from layertar.errors import (
        ArchiveError,
        ArgumentError,
        DigestError,
        DocumentError,
        InputError,
        LayertarError,
        LimitError,
        PolicyError,
        ResultError,
        SelectionError,
        TargetError,
    )
    from layertar.filesystem.entry import FileEntry, FileKind
    from layertar.filesystem.query import Query
    from layertar.filesystem.query_text import parse_query
    from layertar.findings.model import Effect, Finding, Location, Related, Rule, Severity
    from layertar.findings.pinned import Lock, LockBy, LockedArchive, LockedImage
    from layertar.image.model import Artifact, ArtifactBlob, ConfigBlob, Image, Layer, Verdict
    from layertar.limits import Limits
    from layertar.platform import Platform
    from layertar.policy.model import Policy
    from layertar.policy.parse import parse_policy
    from layertar.report.diff_model import Diff
    from layertar.report.lock_v1 import lock_of, write_lock
    from layertar.report.model import ArchiveReport, Expectation, FileDigests, Report, Summary
    from layertar.report.read_lock import parse_lock
    from layertar.report.read_sizes import parse_sizes
    from layertar.report.register import REPORTERS

__all__ = [
    "REPORTERS",
    "ArchiveError",
    "ArchiveReport",
    "ArchiveSize",
    "ArgumentError",
    "Artifact",
    "ArtifactBlob",
    "BlobCopy",
    "BlobSize",
    "Bytes",
    "ConfigBlob",
    "Diff",
    "Digest",
    "DigestError",
    "DigestRow",
    "DirectorySize",
    "DivePath",
    "DiveScore",
    "DockerImage",
    "DocumentCopy",
    "DocumentError",
    "Duplicate",
    "Effect",
    "Expectation",
    "Exported",
    "FileCopy",
    "FileDigests",
    "FileEntry",
    "FileKind",
    "Files",
    "Finding",
    "Found",
    "Growth",
    "GrowthLimit",
    "GrowthRow",
    "HiddenCause",
    "HiddenPath",
    "HistoryRow",
    "Image",
    "ImagePath",
    "ImageRow",
    "ImageShare",
    "ImageSize",
    "InputError",
    "Layer",
    "LayerBytes",
    "LayerRow",
    "LayerSize",
    "LayerUse",
    "LayertarError",
    "Leftover",
    "LeftoverKind",
    "LeftoverPlace",
    "LimitError",
    "Limits",
    "Listing",
    "Location",
    "Lock",
    "LockBy",
    "LockedArchive",
    "LockedImage",
    "Outlined",
    "Pins",
    "Platform",
    "Policy",
    "PolicyError",
    "Progress",
    "Query",
    "Ranked",
    "Related",
    "Report",
    "ResultError",
    "RoleSize",
    "Rule",
    "SelectionError",
    "Severity",
    "Shared",
    "SharedGroup",
    "SharedLayer",
    "Sharing",
    "Sizes",
    "Summary",
    "TargetError",
    "Verdict",
    "Waste",
    "Wasted",
    "Which",
    "__version__",
    "attest",
    "blob",
    "cat",
    "checksums",
    "config",
    "diff",
    "digests",
    "docker_images",
    "export",
    "files",
    "find",
    "growth_of",
    "history",
    "images",
    "inspect",
    "layers",
    "lock",
    "lock_of",
    "manifest",
    "parse_growth",
    "parse_lock",
    "parse_policy",
    "parse_query",
    "parse_sizes",
    "sharing",
    "size",
    "tree",
    "unpack",
    "verify",
    "waste",
    "which",
    "write_lock",
]

_HOMES = {
    "analysis.dive": ("DivePath", "DiveScore"),
    "analysis.duplicates": ("Duplicate",),
    "analysis.hidden": ("HiddenCause", "HiddenPath", "LayerBytes"),
    "analysis.leftovers": ("Leftover", "LeftoverKind", "LeftoverPlace"),
    "analysis.ranked": ("Ranked",),
    "analysis.waste": ("Waste",),
    "api.waste": ("Wasted", "waste"),
    "analysis": ("DigestRow", "HistoryRow", "ImageRow", "LayerRow"),
    "analysis.docker_image": ("DockerImage",),
    "analysis.growth": ("Growth", "GrowthLimit", "GrowthRow", "growth_of", "parse_growth"),
    "analysis.sizes": (
        "ArchiveSize",
        "BlobSize",
        "DirectorySize",
        "ImageSize",
        "LayerSize",
        "RoleSize",
    ),
    "analysis.shares": (
        "Bytes",
        "ImageShare",
        "LayerUse",
        "SharedGroup",
        "SharedLayer",
        "Sharing",
    ),
    "api.blobs": ("BlobCopy", "blob"),
    "api.cat": ("FileCopy", "cat"),
    "api.diffs": ("diff",),
    "api.docker_images": ("docker_images",),
    "api.documents": ("DocumentCopy", "config", "manifest"),
    "api.exporting": ("Exported", "export", "unpack"),
    "api.files": ("Files", "files"),
    "api.finding": ("Found", "find"),
    "api.image_path": ("ImagePath",),
    "api.listings": ("Listing", "digests", "history", "images", "layers"),
    "api.tracing": ("Which", "which"),
    "api": ("Pins", "Progress", "attest", "checksums", "inspect", "lock", "verify"),
    "api.sharing": ("Shared", "sharing"),
    "api.size": ("Sizes", "size"),
    "api.outlining": ("Outlined", "tree"),
    "digest": ("Digest",),
    "errors": (
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
    ),
    "filesystem.entry": ("FileEntry", "FileKind"),
    "filesystem.query": ("Query",),
    "filesystem.query_text": ("parse_query",),
    "findings.model": ("Effect", "Finding", "Location", "Related", "Rule", "Severity"),
    "findings.pinned": ("Lock", "LockBy", "LockedArchive", "LockedImage"),
    "image.model": ("Artifact", "ArtifactBlob", "ConfigBlob", "Image", "Layer", "Verdict"),
    "limits": ("Limits",),
    "platform": ("Platform",),
    "policy.model": ("Policy",),
    "policy.parse": ("parse_policy",),
    "report.diff_model": ("Diff",),
    "report.lock_v1": ("lock_of", "write_lock"),
    "report.model": ("ArchiveReport", "Expectation", "FileDigests", "Report", "Summary"),
    "report.read_lock": ("parse_lock",),
    "report.read_sizes": ("parse_sizes",),
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
