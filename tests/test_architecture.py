"""The layering of the package, by its imports: a module may import its own folder and below.

Ranks are listed bottom up, in the order in which the data travels.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE: Final = Path(__file__).parent.parent / "layertar"

# Who may import whom: each name everything in the lines before its own.
RANKS: Final = (
    {"regex", "value"},
    {"errors", "limits", "fault", "units", "version"},
    {"digest", "mediatype", "platform"},
    {"codec", "tar", "documents", "policy"},
    {"members"},
    {"archive"},
    {"measure"},
    {"image", "filesystem", "secrets"},
    {"analysis", "rootfs"},
    {"findings"},
    {"report"},
    {"api"},
    # The public names come from `api`, and nothing below may depend on them.
    {"cli", "__init__"},
    {"__main__"},
)
RANK_OF: Final = {name: rank for rank, names in enumerate(RANKS) for name in names}

# The tool is offline and daemonless, and reads tars itself: `tarfile` ends in silence at damage.
FORBIDDEN: Final = {
    "asyncio",
    "ftplib",
    "http",
    "multiprocessing",
    "requests",
    "socket",
    "subprocess",
    "tarfile",
    "urllib.request",
    "urllib3",
    "zipfile",
}
# Module -> the part of the package that alone knows it.
HOMES: Final = {
    "bz2": "codec",
    "compression": "codec",
    "gzip": "codec",
    "isal": "codec",
    "lz4": "codec",
    "lzma": "codec",
    "rich": "cli",
    "typer": "cli",
    "zstandard": "codec",
}


class Import(NamedTuple):
    """One import statement's target, where it stands, and the part of the package it is in."""

    part: str
    target: str
    where: str


def parse_all() -> Iterator[tuple[str, str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        relative = path.relative_to(PACKAGE)
        part = relative.parts[0].removesuffix(".py")
        yield part, f"layertar/{relative.as_posix()}", ast.parse(path.read_bytes())


def imports() -> Iterator[Import]:
    for part, where, tree in parse_all():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                targets = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{where}:{node.lineno}: relative import"
                targets = [f"{node.module}.{alias.name}" for alias in node.names]
            else:
                continue
            for target in targets:
                yield Import(part, target, f"{where}:{node.lineno}")


IMPORTS: Final = tuple(imports())
CALLS: Final = tuple(
    (part, f"{where}:{node.lineno}", node.func.id)
    for part, where, tree in parse_all()
    for node in ast.walk(tree)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
)


def part_of(target: str) -> str | None:
    """The part of the package that a target lies in; `None` for other packages."""
    package, _, rest = target.partition(".")
    if package != "layertar":
        return None
    name = rest.partition(".")[0]
    # A name of the package itself, such as `layertar.verify`, is defined in its `__init__`.
    return name if name in RANK_OF else "__init__"


def test_every_module_has_a_rank() -> None:
    assert {part for part, _, _ in parse_all()} <= RANK_OF.keys()


def test_nothing_is_imported_from_above_or_beside() -> None:
    wrong = [
        f"{found.where}: {found.part} imports {found.target}"
        for found in IMPORTS
        if (part := part_of(found.target)) is not None
        and part != found.part
        and RANK_OF[part] >= RANK_OF[found.part]
    ]
    assert wrong == []


def test_the_rule_would_see_an_import_from_above() -> None:
    assert part_of("layertar.cli._exit.ExitCode") == "cli"
    assert part_of("layertar.verify") == "__init__"
    assert part_of("json.loads") is None
    assert RANK_OF["cli"] > RANK_OF["report"] > RANK_OF["measure"] > RANK_OF["digest"]
    assert any(part_of(found.target) == "digest" for found in IMPORTS)


def test_nothing_reaches_for_network_processes_or_other_tar_readers() -> None:
    wrong = [
        f"{found.where}: {found.target}"
        for found in IMPORTS
        if any(f"{found.target}.".startswith(f"{name}.") for name in FORBIDDEN)
    ]
    assert wrong == []


@pytest.mark.parametrize(("module", "home"), HOMES.items())
def test_a_library_is_known_to_one_part_only(module: str, home: str) -> None:
    wrong = [
        found.where
        for found in IMPORTS
        if found.part != home and f"{found.target}.".startswith(f"{module}.")
    ]
    assert wrong == []


@pytest.mark.parametrize("function", ["print", "input", "exit", "quit"])
def test_only_the_command_line_talks(function: str) -> None:
    assert [where for part, where, name in CALLS if name == function and part != "cli"] == []


@pytest.mark.parametrize("target", ["sys.exit", "os.environ", "os.getenv", "os._exit"])
def test_only_the_command_line_exits_or_reads_the_environment(target: str) -> None:
    module, _, attribute = target.partition(".")
    wrong = [
        f"{where}:{node.lineno}"
        for part, where, tree in parse_all()
        for node in ast.walk(tree)
        if part not in ("cli", "__main__")
        and isinstance(node, ast.Attribute)
        and node.attr == attribute
        and isinstance(node.value, ast.Name)
        and node.value.id == module
    ]
    assert wrong == []


def test_regular_expressions_are_compiled_when_first_used() -> None:
    wrong = [
        f"{where}:{node.lineno}"
        for part, where, tree in parse_all()
        for node in ast.walk(tree)
        if part != "regex"
        and isinstance(node, ast.Attribute)
        and node.attr == "compile"
        and isinstance(node.value, ast.Name)
        and node.value.id == "re"
    ]
    assert wrong == []


@pytest.mark.parametrize("target", ["dataclasses", "typing.NamedTuple"])
def test_value_types_are_those_that_cost_little_to_define(target: str) -> None:
    assert [
        found.where
        for found in IMPORTS
        if f"{found.target}.".startswith(f"{target}.") and found.part != "value"
    ] == []


def test_only_members_and_the_command_line_open_files() -> None:
    assert [
        where for part, where, name in CALLS if name == "open" and part not in ("members", "cli")
    ] == []


def test_only_documents_parse_json() -> None:
    # `report` writes JSON and `cli` hands it on; neither reads any.
    wrong = [
        f"{where}:{node.lineno}"
        for part, where, tree in parse_all()
        for node in ast.walk(tree)
        if part != "documents"
        and isinstance(node, ast.Attribute)
        and node.attr in ("loads", "load", "JSONDecoder")
        and isinstance(node.value, ast.Name)
        and node.value.id == "json"
    ]
    assert wrong == []


def test_every_module_says_what_it_is_and_what_is_public() -> None:
    without_docstring = [where for _, where, tree in parse_all() if not ast.get_docstring(tree)]
    assert without_docstring == []
    without_all = [
        where
        for _, where, tree in parse_all()
        if not where.endswith(("__init__.py", "__main__.py"))
        and not any(
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id == "__all__"
            for node in tree.body
        )
    ]
    assert without_all == []


def test_no_function_or_module_has_grown_too_long() -> None:
    # Docstring and body: a command's thirty options, one a line, are a table.
    too_long = [
        f"{where}:{node.lineno}: {node.name} has {node.end_lineno - node.body[0].lineno + 1} lines"
        for _, where, tree in parse_all()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.body[0].lineno + 1 > 55
    ]
    too_long += [
        f"{path.name} has {lines} lines"
        for path in PACKAGE.rglob("*.py")
        if (lines := len(path.read_text("utf-8").splitlines())) > 350
    ]
    assert too_long == []
