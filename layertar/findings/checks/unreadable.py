"""Inputs that are no image archive, told by whoever opened them."""

from __future__ import annotations

from layertar.findings.model import unverifiable

__all__ = ["RULES"]

RULES = (
    unverifiable("input-unreadable", "The input, or a part of it, cannot be read.",
                 "Check that it is there and that you may read it, and the disk or share that it "
                 "is on.",
                 "POSIX.1-2017, open and read",
                 why="Nothing can be said of an input that cannot be read, so it never counts as "
                 "verified."),
    unverifiable("input-not-an-archive", "The input is no tar, wrapped or not.",
                 "Save the image with docker save, podman save or skopeo copy.",
                 "POSIX.1-2017, pax, ustar Interchange Format; OCI image-spec, image-layout.md",
                 why="Every loader refuses it; what a failed download leaves is often an error "
                 "page under the archive's name."),
    unverifiable("input-not-an-image", "The input is a tar or directory that holds no image.",
                 "Save the image with docker save, podman save or skopeo copy.",
                 "moby/moby, daemon/internal/image/tarexport/load.go; OCI image-spec, "
                 "image-layout.md",
                 why="A root file system (docker export), a backup or another tool's format has "
                 "no manifest, so docker load, podman load and ctr import refuse it and nothing "
                 "in it records a digest."),
    unverifiable("archive-empty", "The input has no bytes or no members.",
                 "Save or copy the image again.",
                 "POSIX.1-2017, pax, ustar Interchange Format",
                 why="GNU tar and programs written in Go take an empty file for an archive "
                 "without members, so a save that failed can go unnoticed; no loader finds an "
                 "image in it."),
)  # fmt: skip
