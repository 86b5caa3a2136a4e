"""Rights: entries of a layer that give whoever runs them more than they have, or are devices.

Read out of a changeset's columns; of each, what it is in words, and in one word.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from layertar.filesystem.changeset import CODES, UNKNOWN, UNKNOWN_MODE
from layertar.filesystem.entry import FileKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.filesystem.changeset import Changeset

__all__ = ["capabilities", "capability_text", "devices", "set_ids"]

_FILE = CODES[FileKind.FILE]
_DEVICES = {
    CODES[FileKind.CHARACTER]: "a character device",
    CODES[FileKind.BLOCK]: "a block device",
}
_SET_UID, _SET_GID = 0o4000, 0o2000

_CAPABILITY = b"security.capability"
# What each is called, by bit (linux, include/uapi/linux/capability.h).
_NAMES = (
    "cap_chown cap_dac_override cap_dac_read_search cap_fowner cap_fsetid cap_kill cap_setgid "
    "cap_setuid cap_setpcap cap_linux_immutable cap_net_bind_service cap_net_broadcast "
    "cap_net_admin cap_net_raw cap_ipc_lock cap_ipc_owner cap_sys_module cap_sys_rawio "
    "cap_sys_chroot cap_sys_ptrace cap_sys_pacct cap_sys_admin cap_sys_boot cap_sys_nice "
    "cap_sys_resource cap_sys_time cap_sys_tty_config cap_mknod cap_lease cap_audit_write "
    "cap_audit_control cap_setfcap cap_mac_override cap_mac_admin cap_syslog cap_wake_alarm "
    "cap_block_suspend cap_audit_read cap_perfmon cap_bpf cap_checkpoint_restore"
)
_EFFECTIVE = 1
# Revision -> how many pairs of words it has, and whether a user ID follows.
_REVISIONS = {0x01: (1, False), 0x02: (2, False), 0x03: (2, True)}


def devices(changeset: Changeset) -> Iterator[tuple[int, str, str]]:
    """Iterate over devices: row, which in words, and its numbers."""
    for code, words in _DEVICES.items():
        row = changeset.kinds.find(code)
        while row >= 0:
            major, minor = changeset.extra_of(row).device or (0, 0)
            told = f"{words}, {major}:{minor}"
            if (major, minor) == (0, 0):
                told += ", as overlayfs marks what is deleted"
            yield row, told, f"{major}:{minor}"
            row = changeset.kinds.find(code, row + 1)


def set_ids(changeset: Changeset) -> Iterator[tuple[int, str, str]]:
    """Iterate over files that run as their owner or group: row, as whom in words, and mode."""
    wanted = _SET_UID | _SET_GID
    for row, mode in enumerate(changeset.modes):
        if not mode & wanted or mode == UNKNOWN_MODE or changeset.kinds[row] != _FILE:
            continue
        whom = []
        if mode & _SET_UID:
            whom.append(f"user {_number(changeset.uids[row])}")
        if mode & _SET_GID:
            whom.append(f"group {_number(changeset.gids[row])}")
        yield row, f"it runs as {' and '.join(whom)} (mode {mode:04o})", f"{mode:04o}"


def _number(number: int) -> str:
    return "unknown" if number == UNKNOWN else str(number)


def capabilities(changeset: Changeset) -> Iterator[tuple[int, str, str]]:
    """Iterate over files that have capabilities: row, which in words, and as `getcap` does."""
    for row, extra in changeset.extras.items():
        for name, value in extra.xattrs:
            if name == _CAPABILITY:
                told = capability_text(value)
                yield row, f"it has {told}", told


def capability_text(value: bytes) -> str:
    """Write `security.capability` as `getcap` does; where it cannot be read, say so.

    Spec: capabilities(7), File capability extended attribute versioning; cap_to_text(3).
    """
    wrong = f"capabilities that cannot be read ({len(value)} bytes)"
    if len(value) < struct.calcsize("<I"):
        return wrong
    (head,) = struct.unpack_from("<I", value)
    pairs, has_root = _REVISIONS.get(head >> 24, (0, False))
    if not pairs or len(value) != struct.calcsize("<I") * (1 + 2 * pairs + has_root):
        return wrong
    words = struct.unpack(f"<{2 * pairs}I", value[4 : 4 + 8 * pairs])
    permitted = sum(word << 32 * at for at, word in enumerate(words[::2]))
    inheritable = sum(word << 32 * at for at, word in enumerate(words[1::2]))
    names = _NAMES.split()
    sets: dict[str, list[str]] = {}
    for bit in range(64):
        flags = "e" if head & _EFFECTIVE else ""
        flags += "i" if inheritable >> bit & 1 else ""
        flags += "p" if permitted >> bit & 1 else ""
        if flags.strip("e"):
            sets.setdefault(flags, []).append(names[bit] if bit < len(names) else str(bit))
    told = " ".join(f"{','.join(each)}={flags}" for flags, each in sets.items())
    if has_root:
        (root,) = struct.unpack_from("<I", value, 4 + 8 * pairs)
        told += f" [rootid={root}]"
    return told or "no capabilities"
