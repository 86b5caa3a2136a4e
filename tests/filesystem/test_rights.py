"""Devices, and files that grant rights, read out of a layer's columns."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar.filesystem import ChangesetBuilder, Room
from layertar.filesystem.rights import capabilities, capability_text, devices, set_ids
from layertar.limits import Limits
from layertar.tar import LayerWalker
from tests.tar.blocks import file, header, pax
from tests.tarmaker import END, tar_header

_LIMITS = Limits()


def _listed(*members: bytes) -> ChangesetBuilder:
    builder = ChangesetBuilder(_LIMITS, Room(_LIMITS))
    walker = LayerWalker(_LIMITS, rider=builder)
    walker.feed(b"".join(members) + END)
    walker.finish()
    return builder


# What `setcap` of libcap 2.66 stored, and what its `getcap` shows.
SHOWN = {
    "0100000200200000000000000000000000000000": "cap_net_raw=ep",
    "0100000200240000000000000000000000000000": "cap_net_bind_service,cap_net_raw=ep",
    "0100000280000000800000000000000000000000": "cap_setuid=eip",
    "0100000200000000000000008000000000000000": "cap_bpf=ep",
    # There `getcap` leaves out what is in the first set already: "cap_kill=i cap_chown+p".
    "0000000201000000200000000000000000000000": "cap_chown=p cap_kill=i",
}


@pytest.mark.parametrize(("value", "text"), SHOWN.items())
def test_capabilities_are_written_as_getcap_does(value: str, text: str) -> None:
    assert capability_text(bytes.fromhex(value)) == text


def test_other_revisions_are_read() -> None:
    assert capability_text(struct.pack("<3I", 0x01000001, 1 << 13, 0)) == "cap_net_raw=ep"
    third = struct.pack("<6I", 0x03000001, 1 << 13, 0, 0, 0, 1000)
    assert capability_text(third) == "cap_net_raw=ep [rootid=1000]"
    assert capability_text(struct.pack("<5I", 0x02000001, 0, 0, 0, 0)) == "no capabilities"
    assert capability_text(struct.pack("<5I", 0x02000000, 0, 0, 1 << 31, 0)) == "63=p"


@pytest.mark.parametrize("length", [0, 3, 4, 12, 19, 21, 24])
def test_what_is_of_another_length_cannot_be_read(length: int) -> None:
    value = struct.pack("<I", 0x02000001).ljust(length, b"\0")[:length]
    assert capability_text(value) == f"capabilities that cannot be read ({length} bytes)"


@given(st.binary(max_size=40))
def test_any_value_is_taken(value: bytes) -> None:
    assert capability_text(value)


def test_devices_are_told_with_their_numbers() -> None:
    numbers = {"devmajor": b"0000001\0", "devminor": b"0000003\0"}
    listed = _listed(
        file(b"dev/x"),
        header(b"dev/null", 0, b"3", **numbers),
        header(b"dev/sda", 0, b"4", devmajor=b"0000010\0", devminor=b"0000000\0"),
        header(b"etc/gone", 0, b"3"),
        header(b"dev/pipe", 0, b"6", **numbers),
    )
    assert sorted(devices(listed.changeset)) == [
        (1, "a character device, 1:3", "1:3"),
        (2, "a block device, 8:0", "8:0"),
        (3, "a character device, 0:0, as overlayfs marks what is deleted", "0:0"),
    ]


def test_files_that_run_as_others_are_told_with_whom() -> None:
    listed = _listed(
        tar_header(b"su", mode=0o4755),
        tar_header(b"wall", mode=0o2755),
        tar_header(b"both", mode=0o6711),
        tar_header(b"sticky", mode=0o1777),
        tar_header(b"dir/", mode=0o2775, typeflag=b"5"),
        tar_header(b"link", mode=0o4777, typeflag=b"2", link=b"su"),
        pax((b"uid", b"1000")) + tar_header(b"mine", mode=0o4700),
        header(b"odd", 0, mode=b"garbage\0"),
    )
    assert list(set_ids(listed.changeset)) == [
        (0, "it runs as user 0 (mode 4755)", "4755"),
        (1, "it runs as group 0 (mode 2755)", "2755"),
        (2, "it runs as user 0 and group 0 (mode 6711)", "6711"),
        (6, "it runs as user 1000 (mode 4700)", "4700"),
    ]


def test_only_that_one_attribute_grants_capabilities() -> None:
    value = bytes.fromhex(next(iter(SHOWN)))
    listed = _listed(
        pax((b"SCHILY.xattr.user.x", value)) + file(b"x"),
        pax((b"SCHILY.xattr.security.capability", value)) + file(b"ping"),
    )
    assert list(capabilities(listed.changeset)) == [(1, "it has cap_net_raw=ep", "cap_net_raw=ep")]
