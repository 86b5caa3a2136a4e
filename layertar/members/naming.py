"""What a file that is no image archive is instead, told by its bytes."""

from __future__ import annotations

import re

from layertar.regex import regex

__all__ = ["NAMING_SIZE", "name_bytes", "split_part_hint"]

#: Bytes of a file's start that `name_bytes` wants to see.
NAMING_SIZE = 36_000

# (offset, magic, what it is)
_MAGICS: tuple[tuple[int, bytes, str], ...] = (
    (32, b"SIF_MAGIC", "a Singularity/Apptainer image (SIF)"),
    (0, b"hsqs", "a squashfs file system"),
    (0, b"sqsh", "a squashfs file system"),
    (1024, b"\xe2\xe1\xf5\xe0", "an EROFS file system"),
    (1080, b"\x53\xef", "an ext2/3/4 file system"),
    (32769, b"CD001", "an ISO 9660 image"),
    (0, b"QFI\xfb", "a QCOW2 disk image"),
    (0, b"KDMV", "a VMDK disk image"),
    (0, b"conectix", "a VHD disk image"),
    (0, b"vhdxfile", "a VHDX disk image"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"PK\x05\x06", "an empty ZIP archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (0, b"Rar!\x1a\x07", "a RAR archive"),
    (0, b"!<arch>\n", "an ar archive or Debian package"),
    (0, b"\xed\xab\xee\xdb", "an RPM package"),
    (0, b"070701", "a cpio archive"),
    (0, b"070702", "a cpio archive"),
    (0, b"070707", "a cpio archive"),
    (0, b"\xc7\x71", "a cpio archive"),
    (0, b"# v2 git bundle\n", "a git bundle"),
    (0, b"# v3 git bundle\n", "a git bundle"),
    (0, b"flatpak\0", "a bundle of Flatpak"),
    (0, b"MSCF\0\0\0\0", "a cabinet of Windows"),
    (0, b"MSWIM\0\0\0", "a Windows image (WIM)"),
    (0, b"xar!", "a XAR archive"),
    (0, b"XFSB", "an XFS file system"),
    (0, b"COWD", "a VMDK disk image"),
    (0, b"# Disk DescriptorFile", "a VMDK disk's descriptor"),
    (64, b"\x7f\x10\xda\xbe", "a VirtualBox disk image (VDI)"),
    (0, b"LUKS\xba\xbe", "a disk encrypted with LUKS"),
    (512, b"EFI PART", "a disk image with partitions"),
    (0, b"\x04\x22\x4d\x18", "lz4-compressed; uncompress it first"),
    (0, b"\x1f\x9d", "compressed by compress; uncompress it first"),
    (0, b"\x5d\x00\x00", "probably lzma-compressed; uncompress it first"),
    (0, b"LZIP", "lzip-compressed; uncompress it first"),
    (0, b"\x89PNG\r\n", "a PNG image"),
    (0, b"\xff\xd8\xff", "a JPEG image"),
    (0, b"GIF8", "a GIF image"),
    (0, b"%PDF-", "a PDF document"),
    (0, b"\x7fELF", "an ELF executable"),
    (0, b"MZ", "a Windows executable"),
    (0, b"\0asm", "a WebAssembly module"),
    (0, b"SQLite format 3\0", "an SQLite database"),
    (0, b"#!", "a script"),
    (0, b"-----BEGIN ", "PEM text"),
    (0, b"<!DOCTYPE", "an HTML or XML document"),
    (0, b"<html", "an HTML document"),
    (0, b"<?xml", "an XML document"),
)

_SPLIT_NAME = regex(r"\.(?:part|p|split)?-?_?(?:[a-z]{2}|\d{1,3})$", re.IGNORECASE)
_NOT_PARTS = regex(r"\.(?:gz|xz|bz|7z|md|py|sh|so|js|go|rs|db|h5|id)$", re.IGNORECASE)


def name_bytes(head: bytes) -> str:
    """Say what a file is that begins with `head`, as `a PNG image`."""
    for offset, magic, name in _MAGICS:
        if head[offset : offset + len(magic)] == magic:
            return name
    stripped = head.lstrip()
    if stripped[:1] in (b"{", b"["):
        return "a JSON document"
    if not head.strip(b"\0"):
        return "nothing but zeros"
    try:
        head[:1024].decode("ascii")
    except UnicodeDecodeError:
        return "of no known form"
    return "a text file"


def split_part_hint(name: str) -> str:
    """Say how to go on where a file's name is that of one part of a split archive."""
    if _SPLIT_NAME.search(name) and not _NOT_PARTS.search(name):
        return "; by its name it is one part of a split archive: join the parts with cat and a pipe"
    return ""
