from __future__ import annotations

import pytest

from layertar.members.naming import NAMING_SIZE, name_bytes, split_part_hint


@pytest.mark.parametrize(
    ("offset", "magic", "name"),
    [
        (32, b"SIF_MAGIC", "a Singularity/Apptainer image (SIF)"),
        (1024, b"\xe2\xe1\xf5\xe0", "an EROFS file system"),
        (32769, b"CD001", "an ISO 9660 image"),
        (0, b"\x04\x22\x4d\x18", "lz4-compressed; uncompress it first"),
        (0, b"QFI\xfb", "a QCOW2 disk image"),
        (0, b"flatpak\0\1", "a bundle of Flatpak"),
        (0, b"XFSB", "an XFS file system"),
        (0, b"MSWIM\0\0\0", "a Windows image (WIM)"),
        (0, b"KDMV", "a VMDK disk image"),
        (64, b"\x7f\x10\xda\xbe", "a VirtualBox disk image (VDI)"),
        (512, b"EFI PART", "a disk image with partitions"),
        (0, b"hsqs", "a squashfs file system"),
        (0, b"PK\x03\x04", "a ZIP archive"),
        (0, b"\xed\xab\xee\xdb", "an RPM package"),
        (0, b"!<arch>\ndebian-binary", "an ar archive or Debian package"),
        (0, b"070701", "a cpio archive"),
        (0, b"070702", "a cpio archive"),
        (0, b"070707", "a cpio archive"),
        (0, b"\xc7\x71", "a cpio archive"),
        (0, b"# v2 git bundle\n", "a git bundle"),
        (0, b"# v3 git bundle\n", "a git bundle"),
    ],
)
def test_a_magic_is_looked_for_where_its_format_has_it(
    offset: int, magic: bytes, name: str
) -> None:
    head = bytes(offset) + magic
    assert len(head) <= NAMING_SIZE
    assert name_bytes(head) == name
    assert name_bytes(b"\1" + head) != name


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b' \n{"a": 1}', "a JSON document"),
        (b"[1]", "a JSON document"),
        (b"plain words", "a text file"),
        (b"\xff\xfe\x80", "of no known form"),
        (bytes(5000), "nothing but zeros"),
        (b"<!DOCTYPE html>", "an HTML or XML document"),
        (b"#!/bin/sh\n", "a script"),
    ],
)
def test_what_has_no_magic_is_told_by_its_looks(head: bytes, name: str) -> None:
    assert name_bytes(head) == name


@pytest.mark.parametrize(
    "name", ["a.tar.aa", "a.tar.001", "a.partab", "a.tar.part1", "a.tgz.part-ab", "a.split_01"]
)
def test_a_name_of_a_part_is_known(name: str) -> None:
    assert "join the parts" in split_part_hint(name)


@pytest.mark.parametrize(
    "name", ["a.tar", "a.gz", "a.xz", "app.py", "-", "a", "a.tar.zst", "a.1234"]
)
def test_an_everyday_name_is_no_part(name: str) -> None:
    assert split_part_hint(name) == ""
