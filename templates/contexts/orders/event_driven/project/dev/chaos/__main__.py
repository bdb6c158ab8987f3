"""`python -m dev.chaos`: orders under load, while processes are killed and events repeated.

APIs, relays, consumers, whole services and PostgreSQL are killed in turn. Every event is published
once more, in another order, during the load and after it; poison is strewn among them. Then: every
accepted order settled once, the stock is right, one notification for each order and kind, and the
poison, on which nobody choked, is all that is a dead letter.

SECONDS of load (20), SEED of chance; ENDURE, a command to run in the middle, to kill a broker of
your own.
"""

import asyncio
import os
import random
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import httpx

from dev.chaos.customers import STOCK, Customers
from dev.chaos.events import Topics
from dev.chaos.shop import ChaosError, Shop

CUSTOMERS = 4
SETTLE_SECONDS = 120.0
NOTIFIED = {
    "confirmed": ({"order_confirmed"}, set[str]()),
    "rejected": ({"order_rejected"}, set[str]()),
    # It may have been confirmed before.
    "cancelled": ({"order_cancelled"}, {"order_confirmed"}),
}
"""What notifications an order has to have, and may have, by its status."""


async def rage(shop: Shop, topics: Topics, seconds: float, chance: random.Random) -> Counter[str]:
    """Kill one process after another, each kind in turn; how many of each kind."""
    began = time.monotonic()
    victims = await asyncio.to_thread(lambda: shop.victims)
    killed: Counter[str] = Counter(dict.fromkeys(victims, 0))
    endured = "ENDURE" not in os.environ
    repeated = False
    while (spent := time.monotonic() - began) < seconds - 3 or not all(killed.values()):
        if spent > seconds + SETTLE_SECONDS:
            raise ChaosError(f"not everything could be killed: {dict(killed)}")
        await asyncio.sleep(chance.uniform(0.7, 1.7))
        kind = min(victims, key=lambda each: (killed[each], chance.random()))
        killed[kind] += await asyncio.to_thread(shop.kill, chance.choice(victims[kind]))
        if not repeated and spent > seconds / 3:
            repeated = True
            await asyncio.to_thread(topics.repeat)
        if not endured and spent > seconds / 2:
            endured = True
            await (await asyncio.create_subprocess_shell(os.environ["ENDURE"])).wait()
            killed["by ENDURE"] += 1
    return killed


def unsettled(
    orders: Mapping[str, str],
    notified: Counter[tuple[str, str]],
    stock: Mapping[str, int],
    bought: Mapping[str, str],
) -> str:
    """What is still missing; empty when all is as it has to be. Raises ChaosError for what no
    waiting mends.

    `orders` are their statuses, `notified` counts notifications by order and kind, `stock` is what
    is left of each product, and `bought` which product each order is for.
    """
    if lost := bought.keys() - orders.keys():
        raise ChaosError(f"{len(lost)} accepted orders are gone")
    if twice := {each: count for each, count in notified.items() if count > 1}:
        raise ChaosError(f"notifications sent twice: {twice}")
    pending = sum(status == "pending" for status in orders.values())
    must = {
        (it, kind)
        for it, status in orders.items()
        if status in NOTIFIED
        for kind in NOTIFIED[status][0]
    }
    may = {
        (it, kind)
        for it, status in orders.items()
        if status in NOTIFIED
        for kind in NOTIFIED[status][1]
    }
    if not pending and (surplus := notified.keys() - must - may):
        raise ChaosError(f"notifications of what did not happen: {surplus}")
    sold = Counter(bought[it] for it, status in orders.items() if status == "confirmed")
    wrong = {
        each: (left, STOCK - sold[each])
        for each, left in stock.items()
        if left != STOCK - sold[each]
    }
    if pending or wrong or must - notified.keys():
        return (
            f"{pending} orders pending, {len(must - notified.keys())} notifications missing,"
            f" stock as it is and as it should be: {wrong}"
        )
    return ""


async def verify(customers: Customers, topics: Topics) -> str:
    """Wait until all is settled and everything repeated was seen; raises ChaosError."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        # First: what was seen so late has had its effect, if any, when the rest is looked at.
        unburied = await asyncio.to_thread(topics.unburied)
        orders = {
            str(it["id"]): str(it["status"]) for it in await customers.everything("/v1/orders")
        }
        notified = Counter(
            (str(it["about"]), str(it["kind"]))
            for it in await customers.everything("/v1/notifications")
            if str(it["kind"]).startswith("order_")
        )
        missing = unsettled(orders, notified, await customers.stock(), customers.accepted)
        if not missing and not unburied:
            break
        if time.monotonic() > deadline:
            raise ChaosError(f"{missing or 'all settled'}; {unburied} of the poison not buried")
        await asyncio.sleep(0.5)
    states = Counter(orders.values())
    return ", ".join(f"{states[state]} {state}" for state in sorted(states))


async def chaos(shop: Shop, seconds: float, seed: int) -> None:
    """The whole of it; raises ChaosError."""
    chance = random.Random(seed)  # noqa: S311 - to be repeated, not secret
    base = f"http://127.0.0.1:{shop.port}"
    async with httpx.AsyncClient(base_url=base, timeout=10, trust_env=False) as client:
        customers, topics = Customers(client, chance), Topics(shop.brokers, chance)
        await customers.prepare()
        await asyncio.to_thread(topics.poison)
        over = asyncio.Event()
        load = [asyncio.create_task(customers.order_until(over)) for _ in range(CUSTOMERS)]
        try:
            killed = await rage(shop, topics, seconds, chance)
        finally:
            over.set()
            await asyncio.gather(*load)
        counts = ", ".join(f"{count} {kind}" for kind, count in killed.items())
        print(f"{len(customers.accepted)} orders accepted; killed: {counts}", flush=True)
        repeated = await asyncio.to_thread(topics.repeat)
        poison = await asyncio.to_thread(topics.poison)
        print(f"{repeated} events repeated out of order, {poison} poisoned behind them", flush=True)
        print(f"nothing lost, nothing twice: {await verify(customers, topics)}")


def main() -> int:
    seconds = float(os.environ.get("SECONDS") or 20)
    seed = int(os.environ.get("SEED") or secrets.randbelow(1_000_000))
    print(f"{seconds:g} s of load, SEED={seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        shop = Shop(Path(folder))
        try:
            shop.start()
            asyncio.run(chaos(shop, seconds, seed))
        except ChaosError as error:
            kept = Path(tempfile.gettempdir()) / "chaos.log"
            kept.write_bytes(shop.log.read_bytes())
            print(f"error: {error}\nThe log is {kept}", file=sys.stderr)
            return 1
        finally:
            shop.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
