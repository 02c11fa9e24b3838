"""Forks processes that are to be killed, from one that has imported everything: ``python -m tests.faults._zygote``.

It has no thread and no event loop of its own, so forking it is safe. A job is a line of JSON on its standard input;
what its child says, and then how the child ended, are lines on its standard output.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import traceback
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from tests._until import patience
from tests.faults._doomed import Doom, buy, live, tell

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Callable, Coroutine

__all__ = ["Zygote", "zygote"]

_JOBS: dict[str, Callable[..., Coroutine[object, None, None]]] = {"buy": buy, "live": live}


class Zygote:
    """The parent's view of it."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def start(self, job: str, doom: Doom, *arguments: object) -> int:
        """Start a job; returns its process id."""
        assert self._process.stdin is not None
        line = json.dumps([job, [doom.point, doom.at_call], arguments])
        self._process.stdin.write(line.encode() + b"\n")
        await self._process.stdin.drain()
        return int((await self.line()).removeprefix("pid "))

    async def line(self) -> str:
        """Read the next thing that it or its child says."""
        assert self._process.stdout is not None
        async with patience():
            return (await self._process.stdout.readline()).decode().strip()

    async def end(self) -> tuple[int, list[str]]:
        """Wait for the end of the job: its return code, minus the signal that killed it, and what it said before."""
        said: list[str] = []
        while not (line := await self.line()).startswith("ended "):
            assert line, "the zygote is gone"
            said.append(line)
        return int(line.removeprefix("ended ")), said

    async def kill(self, pid: int) -> int:
        """Kill a job that is waiting to be killed."""
        os.kill(pid, signal.SIGKILL)
        return (await self.end())[0]


@asynccontextmanager
async def zygote() -> AsyncIterator[Zygote]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults._zygote", stdin=pipe, stdout=pipe, start_new_session=True
    )
    try:
        yield Zygote(process)
    finally:
        # With the child that a failed test may have left waiting: it would never end.
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _serve() -> None:
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            tell(f"pid {os.getpid()}")
            os._exit(_work(line))
        _, status = os.waitpid(pid, 0)
        tell(f"ended {os.waitstatus_to_exitcode(status)}")


def _work(line: str) -> int:
    name, (point, at_call), (url, client, *rest) = json.loads(line)
    try:
        asyncio.run(_JOBS[name](Doom(point, at_call), url, tuple(client), *rest))
    except Exception:  # noqa: BLE001  (whatever it was, the parent has to know that the job is not done)
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    _serve()
