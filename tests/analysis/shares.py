"""Images made by hand, for tests of what they share: a letter is a layer's content."""

from __future__ import annotations

from hypothesis import strategies as st

from layertar.digest import Digest, chain_ids
from layertar.image.model import (
    Image,
    Layer,
    RecordedIdentity,
    RecordedLayerFacts,
    Verdict,
)

__all__ = ["ARCHIVES", "diff_id", "image", "layer", "stored"]

_KIB = 1024


def diff_id(content: str) -> Digest:
    """The diff_id of a layer of that content."""
    return Digest.of(f"{content}, uncompressed".encode())


def stored(content: str, form: int = 0) -> Digest:
    """The digest of the content as stored in one of several forms."""
    return Digest.of(f"{content}, {form}".encode())


def layer(position: int, content: str, form: int = 0, *, below: str = "") -> Layer:
    """A measured layer on top of layers of the contents `below`.

    Its content has as many KiB as the letter's place in the alphabet, and `form` bytes more
    as stored. `?` is a layer of which nothing is known.
    """
    is_known = content != "?"
    size = (ord(content) - ord("a") + 1) * _KIB
    chain = "" if "?" in below + content else below + content
    return Layer(
        position=position,
        digest=stored(content, form) if is_known else None,
        diff_id=diff_id(content) if is_known else None,
        chain_id=chain_ids([diff_id(each) for each in chain])[-1] if chain else None,
        media_type=None,
        compression=None,
        size=size + form if is_known else None,
        uncompressed_size=size if is_known else None,
        member=None,
        created_by=f"COPY {content} /",
        recorded=RecordedLayerFacts(digest=None, diff_id=None, size=None),
        verdict=Verdict.VERIFIED,
    )


def image(contents: str, *, name: str = "app:1", form: int = 0) -> Image:
    """An image of those layers, base first."""
    return Image(
        names=(name,) if name else (),
        image_id=Digest.of(contents.encode()),
        manifest_digest=None,
        index_digest=None,
        platform=None,
        created=None,
        recorded=RecordedIdentity(image_id=None, manifest_digest=None, index_digest=None),
        views=("oci",),
        verdict=Verdict.VERIFIED,
        config=None,
        layers=tuple(
            layer(position, content, form, below=contents[:position])
            for position, content in enumerate(contents)
        ),
    )


_CONTENTS = st.text(alphabet="abcd?", max_size=6)

#: Archives, each with a name, of images whose layers are few, so that many are shared.
ARCHIVES = st.lists(
    st.tuples(
        st.sampled_from(["x.tar", "y.tar", "z.tar"]),
        st.lists(st.builds(image, _CONTENTS, form=st.integers(0, 2)), max_size=3),
    ),
    max_size=4,
)
