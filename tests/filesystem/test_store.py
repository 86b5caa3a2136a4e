"""Listings that are kept come back as they were, and are found by measured digests alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from layertar.digest import Digest
from layertar.filesystem import ChangesetBuilder, Room
from layertar.filesystem.store import ChangesetStore
from layertar.limits import DEFAULT_LIMITS
from layertar.tar import LayerWalker
from tests.tarmaker import Hardlink, Symlink, tar_layer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from layertar.filesystem import Changeset

DIGEST = str(Digest.of(b"a layer"))
LONG_AGO = 10**18
IDENTITY = (1, 2, 3, LONG_AGO, LONG_AGO, 4, 5)
CONTENTS: tuple[dict[str, bytes | Symlink | Hardlink], ...] = (
    {},
    {"a": b"1", "b/c": b"", "d": Symlink("../x"), "e": Hardlink("a"), "f/.wh.g": b""},
    {f"many/{number}": b"x" * number for number in range(300)},
)


def listed(tar: bytes, *, digests: bool) -> Changeset:
    builder = ChangesetBuilder(DEFAULT_LIMITS, Room(DEFAULT_LIMITS), digests=digests)
    walker = LayerWalker(DEFAULT_LIMITS, content=False, rider=builder)
    walker.feed(tar)
    walker.finish()
    return builder.changeset


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ChangesetStore]:
    opened = ChangesetStore(tmp_path, DEFAULT_LIMITS)
    yield opened
    opened.close()


@pytest.mark.parametrize("content", CONTENTS, ids=len)
@pytest.mark.parametrize("digests", [False, True])
def test_a_listing_comes_back_as_it_was(
    content: dict[str, bytes | Symlink | Hardlink],
    digests: bool,  # noqa: FBT001 - a parameter of the test
    store: ChangesetStore,
) -> None:
    due = listed(tar_layer(content), digests=digests)
    store.put(DIGEST, due, digests=digests)
    found = store.get(DIGEST, digests=digests)
    assert found is not None
    assert list(found.entries()) == list(due.entries())
    assert store.has(Digest.parse(DIGEST), digests=digests)


def test_extended_attributes_and_devices_come_back_too(store: ChangesetStore) -> None:
    due = listed(tar_layer({"a": b"1", "b": b"2"}), digests=False)
    due.extras[0] = due.extra_of(0)._replace(xattrs=((b"user.\xff", b"\0\xfe"),))
    due.extras[1] = due.extra_of(1)._replace(device=(8, 1), is_sparse=True)
    store.put(DIGEST, due, digests=False)
    found = store.get(DIGEST, digests=False)
    assert found is not None
    assert found.extras == due.extras


def test_what_was_never_kept_is_not_found(store: ChangesetStore) -> None:
    assert store.get(DIGEST, digests=False) is None
    assert not store.has(Digest.parse(DIGEST), digests=False)
    assert not store.has(None, digests=False)
    assert store.digest_of(IDENTITY) is None
    assert store.digest_of(None) is None


def test_a_digest_is_remembered_by_the_whole_identity(store: ChangesetStore) -> None:
    store.remember(IDENTITY, DIGEST)
    assert store.digest_of(IDENTITY) == DIGEST
    for place in range(len(IDENTITY)):
        other = tuple(each + (place == at) for at, each in enumerate(IDENTITY))
        assert store.digest_of(other) is None


def test_what_changed_a_moment_ago_is_not_known_by_its_times(store: ChangesetStore) -> None:
    for place in (3, 4):
        times = [LONG_AGO, LONG_AGO]
        times[place - 3] = 2**62  # later than any now
        identity = (*IDENTITY[:3], *times, *IDENTITY[5:])
        store.remember(identity, DIGEST)
        assert store.digest_of(identity) is None


def test_a_listing_is_another_process_to_find(store: ChangesetStore, tmp_path: Path) -> None:
    store.put(DIGEST, listed(tar_layer({"a": b"1"}), digests=True), digests=True)
    other = ChangesetStore(tmp_path, DEFAULT_LIMITS)
    assert other.get(DIGEST, digests=False) is not None
    other.close()
