"""Which names and digests of an image `inspect --docker` may show."""

from __future__ import annotations

import io

import pytest

from layertar.api.docker_images import docker_images
from tests.builders import ImageRecipe, LayerRecipe, build_oci, sha256, tar_layer

LAYER = LayerRecipe(tar=tar_layer({"etc/hello": b"hi"}))
APP = ImageRecipe(layers=(LAYER,), names=("docker.io/library/app:1",))
DIGEST = sha256(APP.manifest)


def test_a_tag_proves_no_digest_of_a_registry() -> None:
    [found] = docker_images(io.BytesIO(build_oci([APP]).tar())).rows
    assert (found.repo_tags, found.repo_digests) == (("app:1",), ())
    assert str(found.manifest_digest) == DIGEST


@pytest.mark.parametrize("digest", [DIGEST, sha256(b"another")])
def test_a_name_with_a_digest_is_shown_where_the_manifest_has_it(digest: str) -> None:
    named = ImageRecipe(layers=(LAYER,), names=(f"docker.io/library/app@{digest}",))
    assert named.manifest == APP.manifest
    [found] = docker_images(io.BytesIO(build_oci([named]).tar())).rows
    assert found.repo_tags == ()
    assert found.repo_digests == ((f"app@{digest}",) if digest == DIGEST else ())
