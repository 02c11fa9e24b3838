"""Stores by URL."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

import airalo_async.stores
from airalo_async.errors import ArgumentError
from airalo_async.stores import MemoryStore, SQLiteStore, open_store

if TYPE_CHECKING:
    from pathlib import Path

    from airalo_async.testing._clock import FakeClock


def test_memory_url_makes_a_memory_store(clock: FakeClock) -> None:
    store = open_store("memory://", clock=clock)

    assert isinstance(store, MemoryStore)
    assert store.clock is clock


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///airalo.db", "airalo.db"),
        ("sqlite:///data/airalo.db", "data/airalo.db"),
        ("sqlite:////var/lib/shop/airalo.db", "/var/lib/shop/airalo.db"),
        ("sqlite:///my%20shop%3F.db", "my shop?.db"),
    ],
)
def test_sqlite_url_names_a_file(
    url: str, path: str, tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    store = open_store(url, clock=clock)

    assert isinstance(store, SQLiteStore)
    assert store.path == tmp_path / path
    assert store.clock is clock
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///",
        "sqlite://airalo.db",
        "sqlite:///airalo.db?mode=ro",
        "sqlite:///airalo.db#1",
        "sqlite:///a%00b",
    ],
)
def test_sqlite_url_without_a_plain_path_is_refused(url: str) -> None:
    with pytest.raises(ArgumentError, match=r"sqlite:///relative/path\.db") as caught:
        open_store(url)

    assert caught.value.argument == "store"


@pytest.mark.parametrize("url", [5, None, b"memory://"])
def test_what_is_no_text_is_refused(url: object) -> None:
    with pytest.raises(ArgumentError, match="store must be a string"):
        open_store(url)  # type: ignore[arg-type]


@pytest.mark.parametrize("url", ["", "airalo.db", "mysql://localhost/airalo", "memory://name", "memory:///x"])
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(ArgumentError, match="use memory://, sqlite:///") as caught:
        open_store(url)

    assert caught.value.argument == "store"


@pytest.mark.parametrize(
    ("name", "url", "driver", "extra"),
    [
        ("RedisStore", "redis://localhost", "redis", "redis"),
        ("PostgresStore", "postgresql://h/d", "asyncpg", "postgres"),
    ],
)
def test_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, name: str, url: str, driver: str, extra: str) -> None:
    for module in list(sys.modules):
        if module.startswith(f"airalo_async.stores._{extra}"):
            monkeypatch.delitem(sys.modules, module)
        if module.partition(".")[0] == driver:
            monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, driver, None)

    with pytest.raises(ArgumentError, match=rf"needs the extra '{extra}'"):
        open_store(url)
    with pytest.raises(ModuleNotFoundError, match=rf"{name} needs the extra '{extra}': pip install"):
        getattr(airalo_async.stores, name)


def test_module_has_no_other_names() -> None:
    with pytest.raises(AttributeError, match="'OracleStore'"):
        getattr(airalo_async.stores, "OracleStore")  # noqa: B009  (a type checker knows better)
