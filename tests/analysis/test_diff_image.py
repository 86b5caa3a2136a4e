"""Diffs of configs, histories and layers: each change is told as that and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar.analysis.diff_image import instruction
from layertar.analysis.diff_model import Aspect, State
from tests.analysis.pairs import compared, image, layer
from tests.builders import ImageRecipe, LayerRecipe
from tests.property.archives import images

if TYPE_CHECKING:
    from layertar.report.diff_model import Diff

BASE, MIDDLE, TOP = layer("base"), layer("middle"), layer("top")
APP = image(BASE, MIDDLE, TOP)


def states(diff: Diff) -> str:
    """What became of each layer, base first, by the sign of it."""
    signs = {State.SAME: "=", State.CHANGED: "~", State.ADDED: "+", State.REMOVED: "-"}
    assert diff.layers is not None
    return "".join(signs.get(pair.state, "?") for pair in diff.layers.pairs)


def mirrored(sign: str) -> str:
    return sign.translate(str.maketrans("+-", "-+"))


def test_an_image_is_the_same_as_itself() -> None:
    found = compared(APP, APP)
    assert (found.is_same, found.aspects, states(found)) == (True, (), "===")
    assert found.layers is not None
    assert (found.layers.shared, found.layers.miss) == (3, None)


@given(images(), images())
def test_nothing_differs_from_itself_and_the_other_way_round_it_mirrors(
    a: ImageRecipe, b: ImageRecipe
) -> None:
    assert compared(a, a).state in (State.SAME, State.UNKNOWN)
    one, other = compared(a, b), compared(b, a)
    assert (one.state, one.aspects) == (other.state, other.aspects)
    assert sorted(states(one)) == sorted(mirrored(states(other)))
    assert one.config is not None
    assert other.config is not None
    assert [(change.path, change.before, change.after) for change in one.config.changes] == [
        (change.path, change.after, change.before) for change in other.config.changes
    ]


@pytest.mark.parametrize("at", range(4))
def test_an_inserted_layer_shows_as_one(at: int) -> None:
    layers = [BASE, MIDDLE, TOP]
    layers.insert(at, layer("new"))
    found = compared(APP, image(*layers))
    assert states(found) == "==="[:at] + "+" + "==="[at:]
    assert found.layers is not None
    assert found.layers.miss is not None
    assert found.layers.miss.pair.after is not None
    assert (found.layers.shared, found.layers.miss.pair.after.position) == (at, at)
    assert states(compared(image(*layers), APP)) == "==="[:at] + "-" + "==="[at:]


def test_a_layer_made_anew_by_the_same_instruction_is_told_as_changed() -> None:
    found = compared(APP, image(BASE, layer("middle", "anew"), TOP))
    assert found.layers is not None
    [_, pair, _] = found.layers.pairs
    assert (states(found), pair.aspects, pair.same_instruction) == (
        "=~=",
        (Aspect.CONTENT,),
        True,
    )
    assert found.layers.miss is not None
    assert found.layers.miss.step is None


def test_a_layer_of_another_instruction_is_another() -> None:
    found = compared(APP, image(BASE, layer("other"), TOP))
    assert states(found) == "=-+="
    assert found.layers is not None
    assert found.layers.miss is not None
    assert found.layers.miss.step is not None
    assert found.layers.miss.step.state is State.REMOVED


def test_one_layer_for_one_of_unknown_making_is_a_change() -> None:
    a = image(BASE, layer("middle", created_by=""), TOP)
    b = image(BASE, layer("other", created_by=""), TOP)
    assert states(compared(a, b)) == "=~="


def test_a_step_without_a_layer_is_the_cause_of_what_follows_it() -> None:
    def steps(*texts: str) -> tuple[dict[str, object], ...]:
        return tuple({"created_by": text, "empty_layer": text.startswith("ENV")} for text in texts)

    a = ImageRecipe(layers=(BASE, MIDDLE), history=steps("RUN base", "ENV A=1", "RUN middle"))
    changed = layer("middle", "anew")
    b = ImageRecipe(layers=(BASE, changed), history=steps("RUN base", "ENV A=2", "RUN middle"))
    found = compared(a, b)
    assert found.layers is not None
    assert found.layers.miss is not None
    assert found.layers.miss.step is not None
    assert found.layers.miss.step.before is not None
    assert found.layers.miss.step.before.created_by == "ENV A=1"
    # A step before a layer that is shared explains nothing.
    b = ImageRecipe(layers=(BASE, changed), history=steps("ENV A=2", "RUN base", "RUN middle"))
    a = ImageRecipe(layers=(BASE, MIDDLE), history=steps("ENV A=1", "RUN base", "RUN middle"))
    found = compared(a, b)
    assert found.layers is not None
    assert found.layers.miss is not None
    assert found.layers.miss.step is None


def test_another_compression_is_told_as_that_and_no_cache_misses() -> None:
    other = LayerRecipe(tar=BASE.tar, compression="zstd", created_by=BASE.created_by)
    found = compared(APP, image(other, MIDDLE, TOP))
    assert (found.state, found.aspects) == (State.CHANGED, (Aspect.COMPRESSION,))
    assert states(found) == "~=="
    assert found.layers is not None
    assert (found.layers.shared, found.layers.miss) == (3, None)
    ignored = compared(APP, image(other, MIDDLE, TOP), ignore=["format"])
    assert (ignored.is_same, states(ignored)) == (True, "===")
    assert ignored.layers is not None
    assert ignored.layers.pairs[0].ignored == (Aspect.COMPRESSION,)
    assert ignored.layers.shared == 3


def test_only_another_instant_of_the_making_is_told_as_times() -> None:
    other = ImageRecipe(layers=APP.layers, config_extra={"created": "2020-02-02T02:02:02Z"})
    plain = ImageRecipe(layers=APP.layers)
    found = compared(plain, other)
    assert (found.state, found.aspects) == (State.CHANGED, (Aspect.TIMES,))
    assert compared(plain, other, ignore=["mtime"]).is_same


def test_a_config_that_is_spelt_otherwise_is_told_as_format() -> None:
    found = compared(image(*APP.layers, Env=["A=1", "B=2"]), image(*APP.layers, Env=["B=2", "A=1"]))
    assert (found.state, found.aspects) == (State.CHANGED, (Aspect.FORMAT,))
    assert found.config is not None
    assert found.config.changes == ()


def test_what_buildah_notes_of_its_own_images_is_a_trace_of_the_build() -> None:
    def noted(comment: str) -> ImageRecipe:
        step = {"created_by": "RUN base", "comment": comment}
        return ImageRecipe(layers=(BASE,), history=(step,))

    found = compared(noted("FROM 80372e655b21"), noted("FROM 4e95bcc30150"))
    assert (found.aspects, found.is_same) == ((Aspect.BUILD,), False)
    assert compared(noted("FROM 80372e655b21"), noted("by hand")).aspects == (Aspect.CONTENT,)


def test_what_a_builder_leaves_of_its_containers_is_told_as_that() -> None:
    def built_in(container: str) -> ImageRecipe:
        config = {"Hostname": container[:12], "Cmd": ["/bin/hello"]}
        extra = {"container": container, "container_config": config, "config": config}
        return ImageRecipe(layers=APP.layers, config_extra=extra)

    one, other = built_in("1" * 64), built_in("2" * 64)
    assert compared(one, other).aspects == (Aspect.BUILD,)
    assert compared(one, other, ignore=["build"]).is_same


VALUES = st.one_of(
    st.text(max_size=5), st.lists(st.text(max_size=3), min_size=1, max_size=3), st.integers(0, 9)
)


@given(
    st.dictionaries(st.sampled_from(["User", "Cmd", "Shell", "X"]), VALUES, max_size=3),
    st.sampled_from(["User", "Cmd", "Shell", "X"]),
    VALUES,
)
def test_any_one_field_that_differs_is_told_as_exactly_that(
    config: dict[str, object], key: str, value: object
) -> None:
    before = ImageRecipe(layers=(BASE,), config_extra={"config": config})
    after = ImageRecipe(layers=(BASE,), config_extra={"config": {**config, key: value}})
    found = compared(before, after).config
    assert found is not None
    told = [(change.path, change.before, change.after) for change in found.changes]
    was, now = (
        tuple(each) if isinstance(each, list) else each for each in (config.get(key), value)
    )
    assert told == ([] if was == now else [(("config", key), was, now)])


def test_variables_labels_and_ports_are_compared_one_by_one() -> None:
    a = image(BASE, Env=["PATH=/bin", "A=1"], Labels={"x.y": "1"}, ExposedPorts={"80/tcp": {}})
    b = image(BASE, Env=["A=2", "PATH=/bin"], Labels={"x.z": "1"}, ExposedPorts={"81/tcp": {}})
    found = compared(a, b).config
    assert found is not None
    assert [(change.path[1:], change.before, change.after) for change in found.changes] == [
        (("Env", "A"), "1", "2"),
        (("ExposedPorts", "80/tcp"), True, None),
        (("ExposedPorts", "81/tcp"), None, True),
        (("Labels", "x.y"), "1", None),
        (("Labels", "x.z"), None, "1"),
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/bin/sh -c #(nop)  ENV A=1", "ENV A=1"),
        ("RUN /bin/sh -c make # buildkit", "/bin/sh -c make"),
        ("|1 V=2 /bin/sh -c make", "RUN |1 V=3 /bin/sh -c make # buildkit"),
        (f"COPY file:{'a' * 64} in /", f"/bin/sh -c #(nop) COPY file:{'b' * 64} in /"),
    ],
)
def test_what_builders_put_around_an_instruction_does_not_tell_it_from_another(
    one: str, other: str
) -> None:
    assert instruction(one) == instruction(other)
    assert instruction(one) != instruction(one + " more")
