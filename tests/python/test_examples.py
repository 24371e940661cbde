"""The examples in docstrings."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest
import serl

MODULES = [module.name for module in pkgutil.iter_modules(serl.__path__, "serl.") if module.name != "serl.__main__"]


@pytest.mark.parametrize("name", ["serl", *MODULES])
def test_examples_print_what_they_say(name: str) -> None:
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    failed, _ = doctest.testmod(importlib.import_module(name), optionflags=flags)
    assert failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    modules = [importlib.import_module(name) for name in ["serl", *MODULES]]
    assert sum(len(test.examples) for module in modules for test in finder.find(module)) > 20
