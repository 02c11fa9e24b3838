"""``airalo store copy``, as a user types it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from airalo_async.cli import main
from airalo_async.cli._store import without_password
from airalo_async.stores import SQLiteStore
from tests.stores._support import begin, low_data_body, push

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def source(tmp_path: Path) -> str:
    """Make a store with one push in it."""
    asyncio.run(fill(tmp_path / "old.db"))
    return f"sqlite:///{tmp_path}/old.db"


async def fill(path: Path) -> None:
    store = SQLiteStore(path)
    await push(store, low_data_body())
    await store.close()


def test_copy_tells_what_was_moved(source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["store", "copy", source, f"sqlite:///{tmp_path}/new.db"])

    out = capsys.readouterr().out
    assert code == 0
    assert "pushes               1  SHA-256 " in out
    assert "Both stores hold the same." in out


def test_copy_can_be_done_again(source: str, tmp_path: Path) -> None:
    words = ["store", "copy", source, f"sqlite:///{tmp_path}/new.db"]

    assert [main(words), main(words)] == [0, 0]


def test_given_up_copy_leaves_the_source_open(source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [source, f"sqlite:///{tmp_path}/new.db"]
    main(["store", "copy", *words])

    code = main(["store", "unseal", *words])

    assert code == 0
    assert "old.db takes writes again" in capsys.readouterr().out
    asyncio.run(use(tmp_path / "old.db"))


async def use(path: Path) -> None:
    store = SQLiteStore(path)
    await begin(store)
    await store.close()


def test_store_that_was_not_moved_is_not_unsealed(
    source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["store", "unseal", source, f"sqlite:///{tmp_path}/new.db"])

    assert code == 1
    assert "the source is not sealed" in capsys.readouterr().err


def test_store_in_use_is_not_moved(source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(use(tmp_path / "old.db"))

    code = main(["store", "copy", source, f"sqlite:///{tmp_path}/new.db"])

    assert code == 1
    assert "purchases being sent: 1" in capsys.readouterr().err


def test_missing_source_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["store", "copy", f"sqlite:///{tmp_path}/none.db", f"sqlite:///{tmp_path}/new.db"])

    assert code == 1
    assert "there is no store at" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("target", ["memory://", "nonsense://", "sqlite://host/x.db"])
def test_wrong_target_is_wrong_usage(source: str, target: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["store", "copy", source, target])

    assert code == 2
    assert "airalo: error:" in capsys.readouterr().err


def test_store_is_not_moved_into_itself(source: str) -> None:
    assert main(["store", "copy", source, source]) == 2


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:secret@host/db?schema=shop&password=secret", "postgresql://me@host/db?schema=shop"),
        ("redis://:secret@host:6379/0?prefix=shop", "redis://@host:6379/0?prefix=shop"),
        ("sqlite:////data/airalo.db", "sqlite:////data/airalo.db"),
    ],
)
def test_no_password_is_shown(url: str, shown: str) -> None:
    assert without_password(url) == shown


def test_url_whose_password_cannot_be_told_apart_is_refused(source: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["store", "copy", source, "postgresql://me:se/cret@host/db"]) == 2
    assert "cret" not in "".join(capsys.readouterr())
