"""The examples in docstrings: each runs, and answers what it says."""

from __future__ import annotations

import doctest
from importlib import import_module
from typing import Final

import pytest

from tests.conftest import ROOT

MODULES: Final = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "layertar").rglob("*.py")
    if ">>> " in path.read_text("utf-8")
)


@pytest.mark.parametrize("module", MODULES)
def test_examples_answer_what_they_say(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    failed, attempted = doctest.testmod(import_module(module))
    assert attempted
    assert not failed


def test_there_are_examples() -> None:
    assert MODULES
