"""The connection is broken at every byte of a purchase and of its answer; nothing is bought twice, nothing is lost."""

from __future__ import annotations

import pytest

from airalo_async.stores import MemoryStore
from airalo_async.testing import FakeAiralo
from tests.faults._proxy import How, Proxy, Way
from tests.faults._sweep import KINDS, Tally, measure, sweep

# Offsets that one run in the normal test command leaves out between two it tries; prime, so that they fall anywhere.
STRIDE = 29


def assert_nothing_wrong(tally: Tally) -> None:
    assert tally.offsets > 0
    assert tally.posts <= tally.offsets, str(tally)
    assert (tally.doubled, tally.missing, tally.invented, tally.unseen) == (0, 0, 0, 0), str(tally)


async def swept(kind: str, way: Way, how: How, *, stride: int) -> Tally:
    length = await measure(KINDS[kind], way, how)
    tally = await sweep(KINDS[kind], way, how, [*range(0, length, stride), length])
    assert_nothing_wrong(tally)
    assert tally.bought == (1 if way is Way.UP else tally.offsets), "only a request that came whole is carried out"
    return tally


async def test_cut_at_every_byte_of_an_order_buys_nothing_twice() -> None:
    tally = await swept("order", Way.UP, How.CLOSE, stride=1)

    assert tally.offsets > 400


async def test_cut_at_every_byte_of_an_answer_loses_nothing() -> None:
    tally = await swept("order", Way.DOWN, How.CLOSE, stride=1)

    assert tally.offsets > 2000


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("how", [How.CLOSE, How.RESET, How.STALL])
@pytest.mark.parametrize("kind", KINDS)
async def test_broken_purchase_is_settled_as_the_api_knows_it(kind: str, how: How, way: Way) -> None:
    await swept(kind, way, how, stride=STRIDE)


async def test_answer_with_a_corrupt_byte_loses_nothing() -> None:
    await swept("order", Way.DOWN, How.CORRUPT, stride=STRIDE)


@pytest.mark.parametrize(("piece", "pause"), [(1, 0.0), (97, 0.01)], ids=["split", "throttled"])
async def test_purchase_in_small_pieces_is_bought_once(piece: int, pause: float) -> None:
    async with FakeAiralo(limits=False) as fake, Proxy(fake.port, fake.clock) as proxy:
        store = MemoryStore(clock=fake.clock)
        async with fake.session(base_url=proxy.url, store=store, limits=()) as airalo:
            proxy.drip(piece, pause=pause)

            order = await airalo.orders.submit("change-7days-1gb", reference="cart-17")

    assert [order.id] == [placed.order_id for placed in fake.orders]
    assert proxy.posts == 1


@pytest.mark.soak
@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("how", [How.CLOSE, How.RESET, How.STALL])
@pytest.mark.parametrize("kind", KINDS)
async def test_purchase_broken_at_every_byte_is_settled(kind: str, how: How, way: Way) -> None:
    tally = await swept(kind, way, how, stride=1)

    print(f"{kind}, {how.value} {way.value}: {tally}")  # noqa: T201  (a soak is run to be read)
