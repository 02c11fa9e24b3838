"""Rows A1 to A5: orders a second through the session, against what one would use without it.

Each side runs in a process of its own, made for the round, and so does the server, a plain aiohttp application that
both meet. The figures are orders a second and, beside them, the milliseconds of processor time that an order took on
each side, which neighbours on the machine disturb less.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.benchmarks._harness import Effort, Ratio, Row, paired
from tests.benchmarks._order_server import order_server

if TYPE_CHECKING:
    from collections.abc import Mapping

_LATENCY = 0.05


class _Sides:
    """Runs clients against one server.

    Args:
        url: Of the server.
        in_flight: Orders at the same time.
        latency: Seconds that the server takes.
        trusted: PEM file of the server's certificate; every client trusts it by ``SSL_CERT_FILE``.
    """

    def __init__(self, url: str, in_flight: int, *, latency: float = 0.0, trusted: Path | None = None) -> None:
        self._url = url
        self._in_flight = in_flight
        self._latency = latency
        self._environment: Mapping[str, str] = os.environ | ({} if trusted is None else {"SSL_CERT_FILE": str(trusted)})
        self._cpu: dict[str, list[float]] = defaultdict(list)

    def rate(self, side: str, orders: int) -> float:
        """Run one side once; gives orders a second."""
        command = [sys.executable, "-m", "tests.benchmarks._order_load", side, self._url]
        command += [str(min(self._in_flight, orders)), str(orders), str(self._latency)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=self._environment)  # noqa: S603  (this package)
        rate, cpu = map(float, done.stdout.split())
        self._cpu[side].append(cpu)
        return rate

    def noted(self, ratio: Ratio) -> Ratio:
        """Say beside a ratio what an order cost on each side."""
        cpu = " ÷ ".join(f"{statistics.median(times):.3g}" for times in self._cpu.values())
        return evolve(ratio, note=f"{ratio.note}, CPU {cpu} ms")


def _against(
    effort: Effort,
    *,
    ours: str,
    theirs: str,
    in_flight: int = 50,
    latency: float = 0.0,
    orders: tuple[int, int] = (2000, 2000),
) -> Ratio:
    """Measure two sides; ``orders`` are ours and theirs, for a slow side needs fewer."""
    our_orders, their_orders = (effort.size(full, least=10) for full in orders)
    with order_server(latency) as url:
        sides = _Sides(url, in_flight, latency=latency)
        return sides.noted(
            paired(
                lambda: sides.rate(ours, our_orders),
                lambda: sides.rate(theirs, their_orders),
                effort,
                unit="orders/s",
            )
        )


def _against_latency(effort: Effort) -> Ratio:
    """Measure how much longer than its latency an order takes when the API is what one waits for."""
    orders, in_flight = effort.size(2000, least=50), 50
    with order_server(_LATENCY) as url:
        sides = _Sides(url, in_flight, latency=_LATENCY)
        return sides.noted(
            paired(lambda: sides.rate("sqlite", orders), lambda: in_flight / _LATENCY, effort, unit="orders/s")
        )


def _over_tls(effort: Effort) -> Ratio:
    our_orders, their_orders = effort.size(2000, least=10), effort.size(200, least=5)
    with tempfile.TemporaryDirectory() as folder:
        certificate = _certificate(Path(folder))
        with order_server(certificate=certificate) as url:
            sides = _Sides(url, 10, trusted=certificate)
            return sides.noted(
                paired(
                    lambda: sides.rate("memory", our_orders),
                    lambda: sides.rate("sdk", their_orders),
                    effort,
                    unit="orders/s",
                )
            )


def _certificate(folder: Path) -> Path:
    """Make a key and its self-signed certificate for this machine, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "server.pem"
    path.write_bytes(plain + certificate.public_bytes(pem))
    return path


_atleast = partial(Row, at_least=True)
_sdk = partial(_against, ours="memory", theirs="sdk", latency=_LATENCY, orders=(2000, 200))
_httpx = partial(_against, ours="memory", theirs="httpx", in_flight=10, orders=(2000, 1000))

ROWS = (
    _atleast(
        "A1",
        "orders/s, MemoryStore, 50 in flight ÷ bare post + read",
        0.80,
        partial(_against, ours="memory", theirs="bare"),
    ),
    _atleast("A2", "the same ÷ bare post + read + json.loads", 0.95, partial(_against, ours="memory", theirs="json")),
    _atleast(
        "A3",
        "orders/s, SQLiteStore, 50 in flight ÷ bare post + read",
        0.45,
        partial(_against, ours="sqlite", theirs="bare"),
    ),
    _atleast("A3", "the same at 50 ms latency ÷ 50 / latency", 0.95, _against_latency),
    _atleast("A4", "orders/s, MemoryStore, 50 in flight at 50 ms ÷ official SDK's bulk order", 9.5, _sdk),
    _atleast("A4", "orders/s, MemoryStore, 10 in flight over TLS ÷ the same", 10.0, _over_tls),
    _atleast("A5", "orders/s, MemoryStore, 10 in flight ÷ httpx + pydantic", 5.5, _httpx),
)
