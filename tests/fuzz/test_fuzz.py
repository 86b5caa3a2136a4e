"""The fuzzer on a short leash, and that it sees what it looks for."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.builders import ImageRecipe, LayerRecipe, build_oci, tar_layer, write_tar
from tests.fuzz.chain import repair
from tests.fuzz.loop import Outcome, fuzz, seeds
from tests.fuzz.mutator import mutate, read_members
from tests.fuzz.semantic import CHANGES
from tests.fuzz.targets import BrokenError, check
from tests.fuzz.tars import join, split
from tests.model import judge

if TYPE_CHECKING:
    from pathlib import Path

    from tests.builders import Built


def built() -> Built:
    layer = LayerRecipe(tar=tar_layer({"etc/hello": b"hi"}))
    return build_oci([ImageRecipe(layers=(layer,), names=("docker.io/library/app:1",))])


def told(outcome: Outcome) -> str:
    return "\n\n".join(crash.detail for crash in outcome.crashes.values())


def test_a_short_run_breaks_nothing() -> None:
    outcome = fuzz(2024, inputs=300)
    assert outcome.executed == 300
    assert outcome.crashes == {}, told(outcome)
    # That mutants are not all refused at the door.
    assert len(outcome.signatures) > 100


def test_equal_seeds_make_equal_mutants_and_others_do_not() -> None:
    # Not for secrets: the draws must be the same again.
    one, same, other = (
        [mutate(rng, seed, seeds()) for seed in seeds()[:20]]
        for rng in (Random(1), Random(1), Random(2))  # noqa: S311
    )
    assert one == same != other


def test_what_does_not_hold_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = built().tar()
    bad = built().replace("oci-layout", b"{}{}").tar()
    check(Random(1), good, tmp_path)  # noqa: S311 - not for secrets
    # What the model says of another archive contradicts what is said of this one.
    monkeypatch.setattr("tests.fuzz.targets.judge", lambda _: judge(bad))
    with pytest.raises(BrokenError) as caught:
        check(Random(1), good, tmp_path)  # noqa: S311 - not for secrets
    assert caught.value.what == "verify: verified what is not"


def test_crashes_are_kept_once_a_kind_and_the_shortest_of_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths: list[int] = []

    def crash(_: object, data: bytes, __: object) -> None:
        lengths.append(len(data))
        raise ZeroDivisionError

    monkeypatch.setattr("tests.fuzz.loop.check", crash)
    outcome = fuzz(1, inputs=20, keep=tmp_path / "kept")
    assert list(outcome.counts.values()) == [20]
    (kept,) = (tmp_path / "kept").glob("*.input")
    assert len(kept.read_bytes()) == min(lengths)


def test_a_tar_is_split_and_joined_without_loss() -> None:
    tars = [seed for seed in seeds() if len(seed) % 512 == 0]
    assert [join(split(tar)) for tar in tars] == tars


def test_every_change_of_meaning_changes_some_archive_and_leaves_a_readable_tar() -> None:
    members = [found for seed in seeds() if (found := read_members(seed)) is not None]
    idle = set(CHANGES)
    for position, archive in enumerate(members):
        for name, change in CHANGES.items():
            changed = change(Random(position), archive)  # noqa: S311 - not for secrets
            if changed != archive:
                idle.discard(name)
            assert read_members(write_tar(changed)) is not None
    assert idle == set()


def test_a_repaired_archive_is_verified_again() -> None:
    archive = built()
    config = next(name for name in archive.files if archive[name].startswith(b'{"architecture"'))
    changed = archive.replace(config, archive[config].replace(b"/bin/hello", b"/bin/other"))
    assert judge(changed.tar()).verdict == "failed"
    assert judge(write_tar(repair(changed.members))).verdict == "verified"
