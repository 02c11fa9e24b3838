"""What other processes tell, by LISTEN and NOTIFY."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from airalo_async.stores._postgres._failures import FAILURES, explain

if TYPE_CHECKING:
    from collections.abc import Callable

    from airalo_async.stores._postgres._door import Door

__all__ = ["PostgresChannel"]


class PostgresChannel:
    """Listens on a connection of its own.

    Args:
        door: Opens connections.
    """

    def __init__(self, door: Door) -> None:
        self._door = door

    async def listen(self, heard: Callable[[str], None], ready: Callable[[], None]) -> None:
        """Hand over what is heard until the connection is lost."""
        connection = await self._door.connect()
        lost = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(
                f"{self._door.schema}_changes", lambda _connection, _pid, _channel, message: heard(str(message))
            )
            ready()
            await lost.wait()
        except FAILURES as error:
            raise explain(error, self._door.where) from error
        finally:
            connection.terminate()
