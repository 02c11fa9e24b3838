"""Buy an eSIM, and buy voucher codes.

Runs on the built-in fake. With AIRALO_CLIENT_ID and AIRALO_CLIENT_SECRET in the environment it runs on the API itself,
and spends money.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from airalo_async import AiraloSession, VoucherRequest, errors
from airalo_async.testing import FakeAiralo

if TYPE_CHECKING:
    from airalo_async.models import Order


async def choose(airalo: AiraloSession, country: str) -> str:
    """Find the cheapest package that works in a country."""
    offers = [offer async for offer in airalo.packages.flat(country=country)]
    return min(offers, key=lambda offer: offer.package.price.amount).package_id


async def buy(airalo: AiraloSession, package_id: str, cart: str) -> Order | None:
    """Buy one eSIM for a shopping cart, once, however often this is called."""
    try:
        return await airalo.orders.submit(package_id, reference=cart, metadata={"user": 5})
    except errors.OutcomeUnknownError:
        # The answer was lost, so it may have been bought. Asking settles it; buying again would be the mistake.
        return await airalo.orders.wait(cart, timeout=60)
    except errors.InvalidRequestError as refused:
        print(f"Nothing was bought: {refused.reason or refused.fields}")
        return None


async def buy_codes(airalo: AiraloSession, package_id: str, booking: str) -> tuple[str, ...]:
    """Buy codes that travellers redeem in the Airalo app."""
    request = VoucherRequest(package_id, quantity=2, booking_reference=booking)
    (row,) = await airalo.vouchers.submit_esim([request], reference=f"vouchers-{booking}")
    return row.codes


async def main(airalo: AiraloSession) -> None:
    """Buy an eSIM for Japan, and codes for two more."""
    package_id = await choose(airalo, "JP")
    order = await buy(airalo, package_id, "cart-17")
    if order is None:
        return
    print(f"Bought {package_id}: order {order.code}, eSIM {order.sims[0].iccid}.")
    again = await buy(airalo, package_id, "cart-17")
    print(f"Asked for again under cart-17: order {again and again.code}, nothing was bought.")
    codes = await buy_codes(airalo, package_id, "123")
    print(f"Bought {len(codes)} voucher codes.")


async def run() -> None:
    """Open a session with the API if there are credentials, and with the fake otherwise."""
    if "AIRALO_CLIENT_ID" in os.environ:
        async with AiraloSession.from_env() as airalo:
            await main(airalo)
    else:
        async with FakeAiralo() as fake, fake.session() as airalo:
            await main(airalo)


if __name__ == "__main__":
    asyncio.run(run())
