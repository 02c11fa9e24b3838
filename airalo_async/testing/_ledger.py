"""What a fake knows, for assertions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from attrs import define, field

from airalo_async._tag import first_part
from airalo_async.testing._behaviour import Behaviour
from airalo_async.testing._catalogue import catalogue
from airalo_async.testing._records import PlacedOrder, PlacedRequest
from airalo_async.testing._server import Server
from airalo_async.testing._world import World

if TYPE_CHECKING:
    from airalo_async.testing._catalogue import Catalogue
    from airalo_async.testing._records import Call, Order, PlacedAirmoney, PlacedRefund, PlacedVoucher, Request

__all__ = ["Ledger"]

_WAITING = frozenset({"pending", "retry"})


@define(kw_only=True, eq=False, repr=False)
class Ledger(Behaviour):
    """The part of a fake that is looked at."""

    _world: World = field(init=False)
    _server: Server = field(init=False)

    @property
    def url(self) -> str:
        """Give the base URL, without a slash at its end."""
        return self._world.url

    @property
    def catalogue(self) -> Catalogue:
        """Give what is for sale."""
        return catalogue()

    @property
    def calls(self) -> tuple[Call, ...]:
        """List every request that has come, oldest first; one still waiting for its answer has no status."""
        return self._server.calls

    @property
    def orders(self) -> tuple[PlacedOrder, ...]:
        """List every order that was placed, oldest first."""
        return tuple(_placed(order) for order in self._world.orders.values())

    @property
    def requests(self) -> tuple[PlacedRequest, ...]:
        """List every async and future order that was accepted, oldest first."""
        return tuple(_accepted(request) for request in self._world.requests.values())

    @property
    def vouchers(self) -> tuple[PlacedVoucher, ...]:
        """List every row of eSIM voucher codes that was sold, oldest first."""
        return tuple(self._world.vouchers)

    @property
    def airmoney(self) -> tuple[PlacedAirmoney, ...]:
        """List all airmoney that was made, oldest first."""
        return tuple(self._world.airmoney)

    @property
    def refunds(self) -> tuple[PlacedRefund, ...]:
        """List every refund request that was taken on, oldest first."""
        return tuple(self._world.refunds)

    def charges(self, reference: str | None = None) -> int:
        """Count the purchases that stand: orders that did not fail, and accepted requests that will still be placed.

        Args:
            reference: The caller's own key; without one everything is counted.
        """
        part = None if reference is None else first_part(self.client_id, reference) + "-"

        def counts(description: str | None) -> bool:
            return part is None or (description or "").startswith(part)

        orders = sum(
            order.status != "failed" and counts(order.purchase.description) for order in self._world.orders.values()
        )
        waiting = sum(
            request.status in _WAITING and not request.orders and counts(request.purchase.description)
            for request in self._world.requests.values()
        )
        return orders + waiting


def _placed(order: Order) -> PlacedOrder:
    purchase = order.purchase
    iccids = tuple(sim.iccid for sim in order.sims) or ((purchase.iccid,) if purchase.iccid else ())
    return PlacedOrder(
        order_id=order.number,
        code=order.code,
        type=purchase.kind,
        package_id=purchase.package.slug,
        quantity=purchase.quantity,
        description=purchase.description,
        status=order.status,
        request_id=order.request_id,
        iccids=iccids,
        created_at=datetime.fromtimestamp(order.created_at, UTC),
    )


def _accepted(request: Request) -> PlacedRequest:
    purchase = request.purchase
    return PlacedRequest(
        request_id=request.request_id,
        kind=request.kind,
        package_id=purchase.package.slug,
        quantity=purchase.quantity,
        description=purchase.description,
        status=request.status,
        webhook_url=request.webhook_url,
        due_date=None if request.due_at is None else datetime.fromtimestamp(request.due_at, UTC),
        order_ids=tuple(order.number for order in request.orders),
        pushes=request.pushes,
    )
