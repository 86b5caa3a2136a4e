"""Value types behave as the dataclasses and named tuples that type checkers take them for.

Each property is put to a class of `layertar.value` and to its twin of the standard library alike.
"""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import typing
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import layertar
from layertar import value
from layertar.image.model import RecordedLayerFacts

if TYPE_CHECKING:
    from collections.abc import Callable

    Maker = Callable[[type], type]


class Point:
    """The body of each class below."""

    x: int
    y: object = "none"
    z: tuple[int, ...] = ()

    @property
    def double(self) -> int:
        return 2 * self.x


def made(by: Callable[..., Maker], **options: bool) -> Any:
    body = {name: thing for name, thing in vars(Point).items() if not name.startswith("__")}
    body |= {"__annotations__": Point.__annotations__, "__doc__": Point.__doc__}
    return by(frozen=True, slots=True, **options)(type("Point", (), body))


KEYWORD = made(value.dataclass, kw_only=True)
POSITIONAL = made(value.dataclass)
APART = made(value.dataclass, kw_only=True, eq=False)
TWINS = (
    (KEYWORD, made(dataclasses.dataclass, kw_only=True)),
    (POSITIONAL, made(dataclasses.dataclass)),
    (APART, made(dataclasses.dataclass, kw_only=True, eq=False)),
)
FIELDS = st.fixed_dictionaries(
    {"x": st.integers(0, 2)},
    optional={"y": st.none() | st.text(max_size=2), "z": st.tuples(st.integers(0, 1))},
)


@pytest.mark.parametrize(("ours", "theirs"), TWINS)
@given(one=FIELDS, other=FIELDS)
def test_values_are_equal_hashed_and_shown_as_those_of_a_dataclass(
    ours: Any, theirs: Any, one: dict[str, object], other: dict[str, object]
) -> None:
    mine, same = ours(**one), theirs(**one)
    assert repr(mine) == repr(same)
    assert (mine == ours(**other)) == (same == theirs(**other))
    assert mine != same
    assert (hash(mine) == hash(ours(**one))) == (hash(same) == hash(theirs(**one)))
    assert dataclasses.asdict(mine) == dataclasses.asdict(same)
    assert mine.double == same.double


@pytest.mark.parametrize("replace", [value.replace, dataclasses.replace])
@given(one=FIELDS, other=FIELDS)
def test_a_value_with_fields_replaced_is_the_one_made_of_them(
    replace: Any, one: dict[str, object], other: dict[str, object]
) -> None:
    mine = KEYWORD(**one)
    assert replace(mine, **other) == KEYWORD(**{**one, **other})
    assert mine == KEYWORD(**one)


@pytest.mark.parametrize(
    "arguments", [{}, {"y": 1}, {"x": 1, "w": 1}, {"y": 1, "z": (), "double": 1}]
)
@pytest.mark.parametrize("ours", [KEYWORD, POSITIONAL])
def test_a_missing_or_unknown_field_is_refused(ours: Any, arguments: dict[str, int]) -> None:
    with pytest.raises(TypeError):
        ours(**arguments)
    with pytest.raises(TypeError):
        value.replace(ours(x=1), w=1)


@pytest.mark.parametrize(("ours", "theirs"), TWINS)
def test_a_class_tells_its_fields_and_signature_as_a_dataclass_does(ours: Any, theirs: Any) -> None:
    assert inspect.signature(ours) == inspect.signature(theirs)
    told = [
        [(each.name, each.type, each.default, each.kw_only) for each in dataclasses.fields(cls)]
        for cls in (ours, theirs, ours(x=1), theirs(x=1))
    ]
    assert told[0] == told[1] == told[2] == told[3]


def test_only_what_is_not_keyword_only_is_positional() -> None:
    assert POSITIONAL(1, 2) == POSITIONAL(x=1, y=2)
    with pytest.raises(TypeError):
        KEYWORD(1)
    assert (POSITIONAL.__match_args__, KEYWORD.__match_args__) == (("x", "y", "z"), ())


@pytest.mark.parametrize("name", ["x", "double", "w"])
def test_nothing_of_a_value_can_be_changed_added_or_deleted(name: str) -> None:
    mine = KEYWORD(x=1)
    with pytest.raises(AttributeError):
        setattr(mine, name, 2)
    with pytest.raises(AttributeError):
        delattr(mine, name)
    assert mine == KEYWORD(x=1)
    assert not hasattr(mine, "__dict__")


def test_a_copied_or_pickled_value_equals_it() -> None:
    facts = RecordedLayerFacts(digest=None, diff_id=layertar.Digest.of(b"x"), size=3)
    assert pickle.loads(pickle.dumps(facts)) == facts  # noqa: S301 - our own
    assert copy.deepcopy(facts) == copy.copy(facts) == facts


def test_a_class_that_would_not_behave_so_is_refused() -> None:
    shared = type("Shared", (), {"__annotations__": {"x": "list[int]"}, "x": []})
    below = type("Below", (Point,), {"__annotations__": {"x": "int"}})
    for cls in (shared, below, type("Empty", (), {})):
        with pytest.raises(TypeError):
            value.dataclass(frozen=True, slots=True)(cls)
    with pytest.raises(TypeError):
        value.dataclass(frozen=False, slots=True)(Point)


BODY = {"__module__": __name__, "__annotations__": {"x": "int"}}


class Named(value.NamedTuple):
    """A pair."""

    x: int
    y: tuple[Undefined, ...] = ()  # type: ignore[name-defined] # noqa: F821 - nobody looks

    @property
    def double(self) -> int:
        return 2 * self.x

    def __str__(self) -> str:
        return f"<{self.x}>"


class Twin(typing.NamedTuple):
    """A pair."""

    x: int
    y: tuple[int, ...] = ()

    @property
    def double(self) -> int:
        return 2 * self.x

    def __str__(self) -> str:
        return f"<{self.x}>"


@given(st.integers(), st.tuples(st.integers()))
def test_a_named_tuple_is_as_one_of_typing(x: int, y: tuple[int, ...]) -> None:
    pairs: tuple[tuple[object, object], ...]
    pairs = (Named(x), Twin(x)), (Named(x, y), Twin(x, y)), (Named(y=y, x=x), (x, y))
    for ours, theirs in pairs:
        assert ours == theirs
        assert hash(ours) == hash(theirs)
    mine, same = Named(x, y), Twin(x, y)
    assert repr(mine) == repr(same).replace("Twin", "Named")
    assert (str(mine), mine.double) == (str(same), same.double)
    assert tuple(mine._replace(x=1)) == tuple(same._replace(x=1))
    assert type(pickle.loads(pickle.dumps(mine))) is Named  # noqa: S301 - our own


@pytest.mark.parametrize("name", ["__doc__", "_fields", "_field_defaults", "__match_args__"])
def test_a_named_tuple_says_of_itself_what_one_of_typing_does(name: str) -> None:
    assert getattr(Named, name) == getattr(Twin, name)
    assert (Named.__module__, Named.__qualname__) == (__name__, "Named")


@pytest.mark.parametrize("arguments", [{}, {"y": ()}, {"x": 1, "z": 1}])
def test_a_named_tuple_refuses_a_missing_or_unknown_field(arguments: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        Named(**arguments)


def test_a_named_tuple_makes_itself_in_one_way_only() -> None:
    make: Any = type(value.NamedTuple)
    with pytest.raises(TypeError, match="__new__"):
        make("Odd", (value.NamedTuple,), {**BODY, "__new__": None})
    assert make("Even", (value.NamedTuple,), BODY)._fields == ("x",)
