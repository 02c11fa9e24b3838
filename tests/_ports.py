"""Ports for servers that must know theirs before they listen, because they are started again, or elsewhere."""

from __future__ import annotations

import secrets
import socket

# Below those that the system gives to outgoing connections: one of these may be gone by the time it is listened on.
_PORTS = range(20_000, 32_000)


def free_port() -> int:
    """Find a port of the loopback that nothing uses; chance that nobody seeds keeps runs on one machine apart."""
    while True:
        port = secrets.choice(_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
