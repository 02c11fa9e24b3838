"""Imports point down, and each dependency has one owner."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import airalo_async

PACKAGE = Path(airalo_async.__file__).parent
RANKS = (
    ("errors", "_clock", "_version"),
    ("models",),
    ("_codec",),
    ("_signature", "_tag"),
    ("_matching", "_push"),
    ("stores",),
    ("_limits", "_retry", "_outcome"),
    ("_wire",),
    ("_transport",),
    ("_auth",),
    ("_pipeline",),
    ("_purchase",),
    ("resources",),
    ("session", "webhooks"),
    ("testing",),
    ("cli",),
)
RANK = {name: rank for rank, names in enumerate(RANKS) for name in names}
OWNERS = {
    "cattrs": {"_codec"},
    "redis": {"stores/_redis"},
    "asyncpg": {"stores/_postgres"},
    "sqlite3": {"stores/_sqlite"},
    "cryptography": {"_auth/_seal"},
    "pickle": set[str](),
}
EXEMPT = ("testing", "cli")
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def place_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").as_posix()


def imports_of(path: Path) -> set[str]:
    """Every module that a file imports, wherever in the file, types included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{place_of(path)} imports relatively"
            found.add(node.module or "")
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def runtime_imports_of(path: Path) -> set[str]:
    """What a file imports when it runs: all but the blocks for type checkers."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = [ast.Pass()]
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def tops_of(imports: set[str]) -> set[str]:
    parts = (name.split(".") for name in imports)
    return {part[1] for part in parts if part[0] == "airalo_async" and len(part) > 1 and part[1] in RANK}


@pytest.mark.parametrize("path", MODULES, ids=place_of)
def test_imports_point_to_lower_ranks(path: Path) -> None:
    top = place_of(path).split("/")[0]

    above = {name for name in tops_of(imports_of(path)) if name != top and RANK[name] >= RANK[top]}

    # The errors carry the stored request; only its type is named there.
    assert above - ({"models"} if top == "errors" else set()) == set()


@pytest.mark.parametrize("path", MODULES, ids=place_of)
def test_each_dependency_has_one_owner(path: Path) -> None:
    place = place_of(path)
    imported = {name.split(".")[0] for name in imports_of(path)}

    foreign = {name for name in imported & OWNERS.keys() if not any(place.startswith(owner) for owner in OWNERS[name])}

    assert foreign == set()


@pytest.mark.parametrize("path", [path for path in MODULES if not place_of(path).startswith(EXEMPT)], ids=place_of)
def test_aiohttp_stays_at_the_edges(path: Path) -> None:
    place = place_of(path)

    imported = {name for name in runtime_imports_of(path) if name.split(".")[0] == "aiohttp"}

    assert place in ("_transport", "webhooks/_app") or imported == set()


def test_every_module_has_a_rank() -> None:
    tops = {place_of(path).split("/")[0] for path in MODULES}

    assert tops - RANK.keys() == set()
