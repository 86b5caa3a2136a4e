"""Inputs that are no image archive, told by whoever opened them."""

from __future__ import annotations

from layertar.findings.model import Effect, Rule, Severity

__all__ = ["RULES"]


def _unreadable(name: str, summary: str, remedy: str, reference: str) -> Rule:
    return Rule(name, Severity.ERROR, Effect.UNVERIFIABLE, summary, remedy, reference)


RULES = (
    _unreadable("input-unreadable", "The input, or a part of it, cannot be read.",
                "Check its name and permissions.", "house rule"),
    _unreadable("input-not-an-archive", "The input is no tar, wrapped or not.",
                "Save the image with docker save, podman save or skopeo copy.", "formats.md 0.2"),
    _unreadable("input-not-an-image", "The input is a tar or directory that holds no image.",
                "Save the image with docker save, podman save or skopeo copy.", "formats.md 0.2"),
    _unreadable("archive-empty", "The input has no bytes or no members.",
                "Save or copy the image again.", "formats.md 8.1"),
)  # fmt: skip
