"""Value: dataclasses and named tuples that cost little to define.

`dataclasses.dataclass` compiles six functions a class and makes the class twice: half a
millisecond for each of some forty, a third of the start-up of a `verify`. What layertar needs of
them is one kind, frozen and slotted; here such a class takes a thirtieth of that, for nothing is
compiled: it shares its methods with all of its kind, and the constructor too where that takes
keywords alone. To type checkers the names are those of `dataclasses`, and for
`dataclasses.replace`, `asdict` and `fields`, and for `inspect.signature`, the classes are
dataclasses as well, described as such when first asked.

`typing.NamedTuple` compiles the annotation of every field, to nobody's use; here it does not.
"""

from __future__ import annotations

from collections import namedtuple
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

__all__ = ["NamedTuple", "dataclass", "replace"]

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from dataclasses import Field, dataclass, replace
    from inspect import Signature
    from typing import NamedTuple

_Value = TypeVar("_Value")

_set = object.__setattr__


def _dataclass(
    *, frozen: bool, slots: bool, eq: bool = True, kw_only: bool = False
) -> Callable[[type], type]:
    """Make a class one of values; the arguments are those of `dataclasses.dataclass`.

    Raises:
        TypeError: such a class is not made here.
    """
    if not (frozen and slots):
        raise TypeError("only frozen, slotted dataclasses are made here")

    def make(cls: type) -> type:
        body = dict(vars(cls))
        names = tuple(body.get("__annotations__", ()))
        defaults = {name: body.pop(name) for name in names if name in body}
        if not {object, Generic}.issuperset(cls.__bases__) or not names:
            raise TypeError(f"{cls.__name__} has a base, or no fields")
        if any(isinstance(value, (dict, list, set)) for value in defaults.values()):
            raise TypeError(f"{cls.__name__} has a default that all of its instances would share")
        for name in ("__dict__", "__weakref__"):
            body.pop(name, None)
        body |= _METHODS | (_COMPARISON if eq else {})
        body["__slots__"] = names
        body["__match_args__"] = () if kw_only else names
        body["__init__"] = (_by_keyword if kw_only else _by_place)(names, defaults)
        body["__dataclass_fields__"] = _Fields(defaults, kw_only=kw_only)
        body["__signature__"] = _Signature()
        return type(cls.__name__, cls.__bases__, body)

    return make


def _replace(value: _Value, /, **changes: object) -> _Value:
    """Copy `value` with some of its fields changed.

    Raises:
        TypeError: it has no such field.
    """
    return type(value)(**{**dict(zip(_names(value), _values(value), strict=True)), **changes})


class _NamedTupleType(type):
    """Makes a named tuple of each class whose base is `NamedTuple`."""

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
        """Do as `typing.NamedTuple`, but leave annotations the texts that they are."""
        if not bases:
            return super().__new__(cls, name, bases, body)
        names = tuple(body["__annotations__"])
        defaults = [body.pop(field) for field in names if field in body]
        made = namedtuple(name, names, defaults=defaults, module=body.pop("__module__"))  # type: ignore[misc] # noqa: PYI024
        for key, value in body.items():
            if key in _TUPLES_OWN:
                raise TypeError(f"{name} cannot have a {key} of its own")
            setattr(made, key, value)
        return made


class _NamedTuple(metaclass=_NamedTupleType):
    """A named tuple, once it has fields."""


_TUPLES_OWN = frozenset({"__new__", "__init__", "__slots__", "__getnewargs__", "__classcell__"})


if not TYPE_CHECKING:
    NamedTuple, dataclass, replace = _NamedTuple, _dataclass, _replace


def _by_keyword(names: tuple[str, ...], defaults: Mapping[str, object]) -> Callable[..., None]:
    """Return `__init__`: one for all, at half a microsecond more a call than one of its own."""
    count = len(names)

    def __init__(self: object, /, **values: object) -> None:  # noqa: N807 - what it will be
        if len(values) != count:
            values = {**defaults, **values}
            if len(values) != count:
                wrong = ", ".join(sorted(values.keys() ^ set(names)))
                raise TypeError(f"{type(self).__name__}: missing or unknown: {wrong}")
        try:
            for name, value in values.items():
                _set(self, name, value)
        except AttributeError as error:
            raise TypeError(f"{type(self).__name__} has no field {name!r}") from error

    return __init__


def _by_place(names: tuple[str, ...], defaults: Mapping[str, object]) -> Callable[..., None]:
    """Write `__init__` for what there are many of, or what reads better without keywords."""
    parameters = ", ".join(f"{name}=_{name}" if name in defaults else name for name in names)
    lines = "\n".join(f"  _set(self, {name!r}, {name})" for name in names)
    space: dict[str, Any] = {"_set": _set} | {f"_{name}": defaults[name] for name in defaults}
    exec(f"def __init__(self, {parameters}):\n{lines}", space)  # noqa: S102 - a class of ours
    made: Callable[..., None] = space["__init__"]
    return made


class _Fields:
    """What `dataclasses` asks a class for, made when it does."""

    def __init__(self, defaults: Mapping[str, object], *, kw_only: bool) -> None:
        self._defaults = defaults
        self._kw_only = kw_only

    def __get__(self, value: object, owner: type) -> Mapping[str, Field[Any]]:
        import dataclasses  # noqa: PLC0415 - what all of this is for

        fields = [
            (name, kind, dataclasses.field(default=self._defaults.get(name, dataclasses.MISSING)))
            for name, kind in owner.__annotations__.items()
        ]
        twin = dataclasses.make_dataclass(owner.__name__, fields, kw_only=self._kw_only)
        made: Mapping[str, Field[Any]] = vars(twin)["__dataclass_fields__"]
        type.__setattr__(owner, "__dataclass_fields__", made)
        return made


class _Signature:
    """What `inspect.signature`, and so `help`, asks a class for."""

    def __get__(self, value: object, owner: Any) -> Signature:
        from dataclasses import MISSING  # noqa: PLC0415 - as above
        from inspect import Parameter, Signature  # noqa: PLC0415 - as above

        parameters = [
            Parameter(
                field.name,
                Parameter.KEYWORD_ONLY if field.kw_only else Parameter.POSITIONAL_OR_KEYWORD,
                default=Parameter.empty if field.default is MISSING else field.default,
                annotation=field.type,
            )
            for field in owner.__dataclass_fields__.values()
        ]
        return Signature(parameters, return_annotation=None)


def _names(value: object) -> tuple[str, ...]:
    names: tuple[str, ...] = vars(type(value))["__slots__"]
    return names


def _values(value: object) -> tuple[Any, ...]:
    return tuple([getattr(value, name) for name in _names(value)])


def _equal(self: object, other: object) -> object:
    if type(self) is not type(other):
        return NotImplemented
    return self is other or _values(self) == _values(other)


def _hash(self: object) -> int:
    return hash(_values(self))


def _show(self: object) -> str:
    pairs = zip(_names(self), _values(self), strict=True)
    return f"{type(self).__qualname__}({', '.join(f'{name}={value!r}' for name, value in pairs)})"


def _refuse(self: object, name: str, *_: object) -> NoReturn:
    raise AttributeError(f"cannot change {name!r} of a {type(self).__name__}: it is frozen")


def _restore(self: object, state: tuple[Any, ...]) -> None:
    for name, value in zip(_names(self), state, strict=True):
        _set(self, name, value)


_METHODS = {
    "__repr__": _show,
    "__setattr__": _refuse,
    "__delattr__": _refuse,
    "__replace__": _replace,
    "__getstate__": _values,
    "__setstate__": _restore,
}
_COMPARISON = {"__eq__": _equal, "__hash__": _hash}
