"""Runs orders in processes that are killed, each at the next step.

Takes its settings from the environment. Everything is imported and wired once, and each scenario's
round 0 is run whole, so that nothing has to be learnt again in its other processes, which are forks
of this one. The process of round n starts over with the order of the round before, as its client
does, and sees it to its end; then it begins one of its own, and kills itself (SIGKILL) at the nth
step of that. The rounds of a scenario end with the first process that needs no nth step. Prints the
number of rounds of each scenario.

A step is the placing of an order, a commit, the delivery of a message or the sending of an e-mail:
before it and after it.
"""

import asyncio
import gc
import os
import signal
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any, NoReturn

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.composition import Settings, build
from identity.application.registration import GiveRole
from identity.domain.user import Role
from identity.wiring import registration
from kit import problems
from kit.bus import Bus, Subscriber
from kit.composition import Application, Foundation
from kit.settings import load
from notifications.adapters.mail import RecordedMailbox
from notifications.application import delivery
from orders.adapters.placements import SqlPlacements

PASSWORD = "a long and unusual pass phrase"
PERIODIC = {"resume orders", "deliver e-mail"}
LONGEST_SECONDS = 20
NEVER = 0


class Fuse:
    """Kills the process at its nth step once it is lit."""

    def __init__(self, last: int) -> None:
        self.lit = False
        self._steps = 0
        self._last = last

    def step(self) -> None:
        """One more."""
        if not self.lit:
            return
        self._steps += 1
        if self._steps == self._last:
            os.kill(os.getpid(), signal.SIGKILL)

    def on(self, owner: type, name: str) -> None:
        """Make a call of a method two steps."""
        original: Callable[..., Awaitable[Any]] = getattr(owner, name)

        async def stepping(*arguments: Any, **named: Any) -> Any:
            self.step()
            answer = await original(*arguments, **named)
            self.step()
            return answer

        setattr(owner, name, stepping)


class Client:
    """Calls the application, which does its background work only while it is waited for."""

    def __init__(self, application: Application, app: FastAPI, token: str = "") -> None:
        self._application = application
        self._http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://shop.test",
            headers={"Authorization": f"Bearer {token}"} if token else {},
        )

    async def call(self, method: str, path: str, **more: Any) -> Any:
        """The answer's document."""
        answer = await self._http.request(method, path, **more)
        answer.raise_for_status()
        return answer.json()

    async def log_in(self, email: str) -> str:
        """An access token."""
        body = {"email": email, "password": PASSWORD}
        return str((await self.call("POST", "/v1/auth/login", json=body))["access_token"])

    async def work_until_quiet(self) -> None:
        """Run relays and periodic work until nothing waits."""
        async with (
            asyncio.timeout(LONGEST_SECONDS),
            self._application.database.dedicated() as connection,
        ):
            while True:
                while any(
                    [
                        await relay._deliver_batch(connection) + await relay.pay_once()
                        for relay in self._application.relays
                    ]
                ):
                    pass
                for work in self._application.background.periodic:
                    if work.name in PERIODIC:
                        await work.run()
                if not await self._waiting():
                    return
                await asyncio.sleep(0.01)  # until the next attempt is due

    async def _waiting(self) -> int:
        waiting = sum([(await each.backlog()).waiting for each in self._application.relays])
        async with self._application.database.reading() as connection:
            cursor = await connection.execute(
                "SELECT count(*) FROM notifications.notifications WHERE due_at IS NOT NULL"
            )
            (mails,) = await cursor.fetchone() or (0,)
        return waiting + int(mails)


@dataclass(frozen=True)
class Process:
    """What is wired once and then forked; what has run in one loop cannot run in another."""

    application: Application
    app: FastAPI

    @classmethod
    def wired(cls) -> "Process":
        """From the environment; nothing is connected yet."""
        application = build(load(Settings))
        app = FastAPI(routes=[route for each in application.routers for route in each.routes])
        problems.install(app, application.statuses)
        return cls(application, app)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Process"]:
        """With its database open."""
        for step in self.application.prepare:
            step()
        await self.application.database.open()
        try:
            yield self
        finally:
            await self.application.database.close()

    def client(self, token: str = "") -> Client:
        """A caller."""
        return Client(self.application, self.app, token)


@dataclass(frozen=True)
class Shop:
    """A user's token, and what there is to buy."""

    token: str
    product_id: str


async def prepare(process: Process) -> Shop:
    """An administrator, a product, a user."""
    async with process.running():
        bus = Bus()
        foundation = Foundation(process.application.database, bus, bus)
        await registration(foundation, load(Settings)).give_role(
            GiveRole(email="admin@example.org", password=PASSWORD, role=Role.ADMIN)
        )
        anybody = process.client()
        admin = process.client(await anybody.log_in("admin@example.org"))
        product = {"sku": "P", "name": "Pen", "price_cents": 250, "currency": "EUR", "stock": 1000}
        product_id = (await admin.call("POST", "/v1/products", json=product))["id"]
        user = {"email": "ada@example.org", "password": PASSWORD, "name": "Ada"}
        await anybody.call("POST", "/v1/auth/register", json=user)
        token = await anybody.log_in("ada@example.org")
        await anybody.work_until_quiet()
    return Shop(token, product_id)


@dataclass(frozen=True)
class Round:
    """One order, to be confirmed, or to be cancelled once it is; or two, settled together."""

    process: Process
    shop: Shop
    scenario: str
    number: int

    async def run(self, fuse: Fuse) -> None:
        """Go on with the orders of the round before, if there was one; then with new ones."""
        async with self.process.running():
            client = self.process.client(self.shop.token)
            for number in range(max(0, self.number - 1), self.number + 1):
                own = number == self.number
                fuse.lit = own and self.scenario != "cancel"
                order_id = await self._place(client, number)
                if self.scenario == "cancel":
                    fuse.lit = own
                    await client.call("POST", f"/v1/orders/{order_id}/cancel")
                    await client.work_until_quiet()

    async def _place(self, client: Client, number: int) -> str:
        """Place a round's orders, or get the same ones again; the last one's id."""
        placed = {}
        order = {"lines": [{"product_id": self.shop.product_id, "quantity": 1}]}
        for each in range(2 if self.scenario == "together" else 1):
            key = {"Idempotency-Key": f"{self.scenario}-in-round-{number}-{each}"}
            placed = await client.call("POST", "/v1/orders", json=order, headers=key)
        await client.work_until_quiet()
        return str(placed["id"])

    def in_a_process(self) -> bool:
        """Whether the process came to its end; raises RuntimeError when it failed."""
        child = os.fork()
        if child == 0:
            self._in_the_child(Fuse(self.number))
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            return False
        if status != 0:
            raise RuntimeError(f"{self.scenario}, round {self.number}: ended with {status}")
        return True

    def _in_the_child(self, fuse: Fuse) -> NoReturn:
        status = 1
        try:
            signal.alarm(LONGEST_SECONDS + 10)
            fuse.on(AsyncSession, "commit")
            fuse.on(SqlPlacements, "place_once")
            fuse.on(Subscriber, "deliver")
            fuse.on(RecordedMailbox, "send")
            asyncio.run(self.run(fuse))
            status = 0
        except Exception:  # noqa: BLE001 - printed for whoever started this
            traceback.print_exc()
        finally:
            os._exit(status)


def main() -> None:
    """Rounds of each scenario, until a process outlives its step."""
    delivery.ATTEMPT_WITHIN = timedelta(milliseconds=50)
    shop = asyncio.run(prepare(Process.wired()))
    process = Process.wired()
    for scenario in ("confirm", "together", "cancel"):
        asyncio.run(Round(Process.wired(), shop, scenario, 0).run(Fuse(NEVER)))
        gc.freeze()  # or each fork would copy what the collector only looks at
        for number in count(1):
            if Round(process, shop, scenario, number).in_a_process():
                print(1 + number)
                break


if __name__ == "__main__":
    main()
