"""What images share: against a naive model, and what must hold of any images."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from layertar.analysis.shares import Bytes
from layertar.analysis.sharing import SHARED_BY, sharing_of
from layertar.digest import chain_ids
from layertar.value import replace
from tests.analysis import shares
from tests.analysis.shares import ARCHIVES, diff_id, stored

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from layertar.analysis.shares import Sharing
    from layertar.digest import Digest
    from layertar.image.model import Image

    Archives = Sequence[tuple[str, Sequence[Image]]]

EVERY_WAY = pytest.mark.parametrize("by", SHARED_BY)


def contents(image: Image) -> str:
    """The letters that an image was made of."""
    return "".join((layer.created_by or "").split()[1] for layer in image.layers)


def naive_keys(by: str, image: Image, number: int) -> list[Hashable]:
    """What tells each layer of an image apart, without any digest of a chain."""
    letters = contents(image)
    keys: list[Hashable] = []
    for position, letter in enumerate(letters):
        below = letters[: position + 1] if by == "chain" else letter
        if "?" in below:
            keys.append(("unknown", number, position))
        elif by == "digest":
            keys.append(image.layers[position].digest)
        else:
            keys.append(below)
    return keys


def naive_users(by: str, archives: Archives) -> dict[Hashable, list[int]]:
    """For each distinct layer the numbers of the images that have it."""
    images = [image for _, found in archives for image in found]
    users: dict[Hashable, list[int]] = {}
    for number, image in enumerate(images):
        for key in naive_keys(by, image, number):
            users.setdefault(key, []).append(number)
    return {key: list(dict.fromkeys(found)) for key, found in users.items()}


@EVERY_WAY
@given(ARCHIVES)
def test_each_distinct_layer_has_the_images_that_a_naive_count_gives(
    by: str, archives: Archives
) -> None:
    found = sharing_of(by, archives)
    assert [list(layer.images) for layer in found.layers] == list(
        naive_users(by, archives).values()
    )


@EVERY_WAY
@given(ARCHIVES)
def test_an_images_bytes_are_those_shared_and_those_of_its_own(by: str, archives: Archives) -> None:
    found = sharing_of(by, archives)
    users = naive_users(by, archives)
    images = [image for _, images in archives for image in images]
    for number, (share, image) in enumerate(zip(found.images, images, strict=True)):
        keys = dict(zip(naive_keys(by, image, number), image.layers, strict=True))
        unique = [layer.size for key, layer in keys.items() if len(users[key]) == 1]
        assert share.unique_layers == len(unique)
        assert share.shared_layers == len(keys) - len(unique)
        is_known = None not in unique
        assert share.unique_size == (sum(size or 0 for size in unique) if is_known else None)
        if share.size is not None:
            assert share.shared_size is not None
            assert share.unique_size is not None
            assert share.size == share.shared_size + share.unique_size


@EVERY_WAY
@given(ARCHIVES)
def test_together_is_never_more_than_alone(by: str, archives: Archives) -> None:
    found = sharing_of(by, archives)
    for sums in (found.stored, found.uncompressed):
        assert 0 <= sums.once <= sums.archives <= sums.each


@EVERY_WAY
@given(ARCHIVES)
def test_without_an_archive_there_is_never_more(by: str, archives: Archives) -> None:
    whole = sharing_of(by, archives)
    for out in range(len(archives)):
        less = sharing_of(by, [*archives[:out], *archives[out + 1 :]])
        for fewer, all_of_them in (
            (less.stored, whole.stored),
            (less.uncompressed, whole.uncompressed),
        ):
            assert all(one <= other for one, other in zip(fewer, all_of_them, strict=True))


def unordered(found: Sharing) -> tuple[object, ...]:
    """All that does not depend on the order of archives."""
    images = [
        (found.archives[each.archive], replace(each, archive=0, layers=())) for each in found.images
    ]
    layers = [
        (layer.key, layer.size, layer.uncompressed_size, len(layer.images), layer.archives)
        for layer in found.layers
    ]
    groups = [
        (
            sorted(str(found.layers[number].key) for number in group.layers),
            len(group.images),
            group.size,
        )
        for group in found.groups
    ]
    return (
        *(found.stored, found.uncompressed),
        *(sorted(map(repr, each)) for each in (images, layers, groups)),
    )


@EVERY_WAY
@given(ARCHIVES)
def test_the_order_of_archives_does_not_matter(by: str, archives: Archives) -> None:
    due = unordered(sharing_of(by, archives))
    for order in itertools.islice(itertools.permutations(archives), 24):
        assert unordered(sharing_of(by, order)) == due


@EVERY_WAY
@given(ARCHIVES)
def test_every_layer_is_in_one_group_whose_images_all_have_it(by: str, archives: Archives) -> None:
    found = sharing_of(by, archives)
    grouped = [number for group in found.groups for number in group.layers]
    assert sorted(grouped) == list(range(len(found.layers)))
    for group in found.groups:
        assert {found.layers[number].images for number in group.layers} == {group.images}
        assert len({found.images[number].archive for number in group.images}) == group.archives
    assert len({group.images for group in found.groups}) == len(found.groups)


@given(ARCHIVES)
def test_by_chain_groups_lie_on_one_another_down_to_the_base(archives: Archives) -> None:
    found = sharing_of("chain", archives)
    for image in found.images:
        group_of = {layer: group for group in found.groups for layer in group.layers}
        below = [use.layer for use in image.layers]
        for number, under in zip(below, [None, *below], strict=False):
            assert found.layers[number].below == under
        group = group_of[below[-1]] if below else None
        passed: list[int] = []
        while group is not None:
            passed = [*group.layers, *passed]
            group = None if group.below is None else found.groups[group.below]
        assert passed == below


@pytest.mark.parametrize("by", ["diff-id", "digest"])
@given(ARCHIVES)
def test_otherwise_nothing_lies_on_anything(by: str, archives: Archives) -> None:
    found = sharing_of(by, archives)
    assert all(layer.below is None for layer in found.layers)
    assert all(group.below is None for group in found.groups)


@EVERY_WAY
def test_two_unknown_layers_are_two(by: str) -> None:
    found = sharing_of(by, [("x.tar", [shares.image("?"), shares.image("?")])])
    assert [(layer.key, layer.images) for layer in found.layers] == [(None, (0,)), (None, (1,))]
    assert [share.size for share in found.images] == [None, None]
    assert found.stored == Bytes(each=0, archives=0, once=0, unknown=2)


def test_a_runtime_reuses_a_layer_only_on_the_same_layers() -> None:
    archives = [("x.tar", [shares.image("ab"), shares.image("cb")])]
    assert [share.shared_layers for share in sharing_of("chain", archives).images] == [0, 0]
    assert [share.shared_layers for share in sharing_of("diff-id", archives).images] == [1, 1]


def test_a_registry_stores_two_compressions_of_a_layer_twice() -> None:
    archives = [("x.tar", [shares.image("a", form=1)]), ("y.tar", [shares.image("a", form=2)])]
    found = sharing_of("digest", archives)
    assert [layer.key for layer in found.layers] == [stored("a", 1), stored("a", 2)]
    assert found.stored == Bytes(each=2051, archives=2051, once=2051, unknown=0)
    found = sharing_of("diff-id", archives)
    assert [layer.key for layer in found.layers] == [diff_id("a")]
    assert found.stored == Bytes(each=2051, archives=2051, once=1026, unknown=0)


def test_what_an_image_has_twice_counts_once() -> None:
    found = sharing_of("diff-id", [("x.tar", [shares.image("aba")])])
    assert [use.layer for use in found.images[0].layers] == [0, 1, 0]
    assert found.images[0].size == 3 * 1024
    assert found.stored.each == 3 * 1024


def test_keys_are_recorded_ones_only_where_none_was_measured() -> None:
    measured = shares.image("ab")
    layers = [
        replace(
            layer,
            diff_id=None,
            chain_id=None,
            recorded=replace(layer.recorded, diff_id=layer.diff_id, size=7),
        )
        for layer in measured.layers
    ]
    recorded = replace(measured, layers=tuple(layers))
    found = sharing_of("chain", [("x.tar", [measured]), ("y.tar", [recorded])])
    keys: list[Digest | None] = list(chain_ids([diff_id("a"), diff_id("b")]))
    assert [layer.key for layer in found.layers] == keys
    assert [layer.is_measured for layer in found.layers] == [False, False]
    alone = sharing_of("chain", [("x.tar", [measured])])
    assert [layer.is_measured for layer in alone.layers] == [True, True]
