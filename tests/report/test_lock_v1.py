"""The lock: whatever is locked is read back, from valid TOML, in one order."""

from __future__ import annotations

import io
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar import ArgumentError, Digest
from layertar.findings import Lock, LockedArchive, LockedImage, pinned_text
from layertar.report.lock_v1 import lock_of, toml_string, write_lock
from layertar.report.read_lock import parse_lock
from layertar.value import replace
from tests.report.examples import archive, digest, image, report

DIGESTS = st.binary(max_size=2).map(Digest.of)
TEXTS = st.text(max_size=8).map(pinned_text)
IMAGES = st.builds(
    LockedImage,
    names=st.none() | st.lists(TEXTS, max_size=3).map(lambda texts: tuple(sorted(texts))),
    platform=st.none() | TEXTS,
    manifest=st.none() | DIGESTS,
    index=st.none() | DIGESTS,
    image_id=DIGESTS,
    diff_ids=st.none() | st.lists(st.none() | DIGESTS, max_size=3).map(tuple),
)
ARCHIVES = st.builds(
    LockedArchive,
    name=TEXTS.filter(bool),
    digest=DIGESTS,
    images=st.lists(IMAGES, max_size=3).map(tuple),
)
LOCKS = st.lists(ARCHIVES, max_size=3, unique_by=lambda each: each.name).map(
    lambda archives: Lock(tuple(archives))
)


def written(lock: Lock) -> str:
    out = io.StringIO()
    write_lock(lock, out)
    return out.getvalue()


@given(LOCKS)
def test_what_is_written_is_read_back(lock: Lock) -> None:
    assert parse_lock(written(lock).encode()) == lock


@given(st.text() | st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape")))
def test_any_text_is_a_string_of_toml_of_printable_characters(text: str) -> None:
    string = toml_string(pinned_text(text))
    assert string.isprintable()
    assert tomllib.loads(f"x = {string}") == {"x": pinned_text(text)}


def test_the_order_of_archives_and_images_does_not_matter() -> None:
    first, second = image(names=("b:1",)), image(names=("a:1", "A:1"))
    one = replace(archive(), images=(first, second))
    other = replace(archive(), images=(second, first))
    lock = lock_of(report(one))
    assert written(lock) == written(lock_of(report(other)))
    assert lock.archives[0].images[0].names == ("A:1", "a:1")


HEAD = "schema_version = 1\n[[archive]]\nname = 'a'\n"
DIGEST = f"digest = '{digest('x')}'\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "schema_version"),
        ("schema_version = 2", "schema_version"),
        ("schema_version = true", "schema_version"),
        ("schema_version = 1\narchives = []", "'archives'"),
        ("schema_version = 1\narchive = 1", "no array of tables"),
        ("schema_version = 1\n[[archive]]\n" + DIGEST, "no name"),
        (HEAD, "pins nothing"),
        (HEAD + "digest = 'sha256:abc'", "64 digits"),
        (HEAD + "digest = 1", "no string"),
        (HEAD + DIGEST + HEAD.partition("\n")[2] + DIGEST, "a second time"),
        (HEAD + "[[archive.image]]\nnames = ['a']", "pins nothing"),
        (HEAD + "[[archive.image]]\nimage-id = ''", "'image-id'"),
        (HEAD + "[[archive.image]]\ndiff_ids = ''", "no array of strings"),
        (HEAD + "[[archive.image]]\ndiff_ids = ['x']", "no digest"),
        ("x = " + "[" * 5000, "no TOML"),
        ("\udc80", "no TOML"),
    ],
)
def test_what_is_no_lock_is_a_mistake(text: str, reason: str) -> None:
    with pytest.raises(ArgumentError, match=reason):
        parse_lock(text.encode("utf-8", "surrogateescape"))
