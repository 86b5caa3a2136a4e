"""Regular expressions compiled late are the same, and each of them compiles."""

from __future__ import annotations

import pkgutil
import re
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

import layertar
from layertar import regex

MODULES = [
    name
    for _, name, _ in pkgutil.walk_packages(layertar.__path__, "layertar.")
    if not name.endswith("__main__")
]
LATE = {
    f"{module}.{name}": value
    for module in MODULES
    for name, value in vars(import_module(module)).items()
    if type(value) is type(regex.regex(""))
}


@pytest.mark.parametrize("name", LATE)
def test_each_expression_compiles(name: str) -> None:
    late: re.Pattern[str] = LATE[name]
    assert re.compile(late.pattern).groups >= 0


def test_expressions_of_all_folders_are_seen() -> None:
    assert {name.split(".")[1] for name in LATE} >= {"archive", "documents", "findings", "tar"}


@given(st.text(alphabet="abA\n", max_size=6))
def test_a_late_expression_matches_what_an_early_one_does(text: str) -> None:
    for source, flags in (("a+b?", 0), ("(?P<x>a).", re.IGNORECASE | re.DOTALL)):
        late, early = regex.regex(source, flags), re.compile(source, flags)
        for _ in range(2):
            one, other = late.search(text), early.search(text)
            assert (one and (one.span(), one.groupdict())) == (
                other and (other.span(), other.groupdict())
            )
