"""What other processes tell, by publish and subscribe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airalo_async.stores._redis._failures import FAILURES, explain

if TYPE_CHECKING:
    from collections.abc import Callable

    from airalo_async.stores._redis._door import Door

__all__ = ["RedisChannel"]


class RedisChannel:
    """Subscribes on a connection of its own.

    Args:
        door: Has the connections.
    """

    def __init__(self, door: Door) -> None:
        self._door = door

    async def listen(self, heard: Callable[[str], None], ready: Callable[[], None]) -> None:
        """Hand over what is heard until the connection is lost."""
        pubsub = self._door.client.pubsub()
        try:
            await pubsub.subscribe(f"{self._door.key}changes")
            async for message in pubsub.listen():
                if message["type"] == "subscribe":
                    ready()
                elif message["type"] == "message":
                    heard(message["data"].decode())
        except FAILURES as error:
            raise explain(error, self._door.where) from error
        finally:
            await pubsub.aclose()  # type: ignore[no-untyped-call]  # redis-py left it so
