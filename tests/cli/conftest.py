"""The installed command, as a user starts it."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path

import pytest

COMMAND = Path(sysconfig.get_path("scripts")) / "airalo"


@pytest.fixture
def command() -> str:
    return str(COMMAND)


@pytest.fixture
def plain_environment() -> dict[str, str]:
    """This process's environment, without what changes how text is written."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "AIRALO_"))}
