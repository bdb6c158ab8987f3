"""`make chaos`: orders are placed while services, gateway and PostgreSQL are killed at random.

CHAOS_SECONDS (20) is how long, CHAOS_SEED which chance; the seed of a run is printed.
"""

import contextlib
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from tests.blackbox.client import Client
from tests.blackbox.placing import new_order
from tests.blackbox.products import create_product, get_product
from tests.blackbox.server import Server, running_server
from tests.chaos.processes import PARTS, kill, kill_at_random

SECONDS = float(os.environ.get("CHAOS_SECONDS", "20"))
SEED = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(10**6))
STOCK = 100_000
DEADLINE = 20.0
SETTLE_SECONDS = 120.0
BACK_SECONDS = 60.0
MAY_SAY_LATER = {409, 429, 503, 504}


@dataclass
class Load:
    """Places orders until it is asked to stop; a request without an answer is repeated."""

    server: Server
    token: str
    product: str
    stop: threading.Event
    accepted: dict[str, str] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    slowest: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def run(self) -> None:
        """One client."""
        headers = {"Authorization": f"Bearer {self.token}"}
        with httpx.Client(
            base_url=self.server.base_url, timeout=DEADLINE, trust_env=False, headers=headers
        ) as client:
            while not self.stop.is_set():
                self.place(client)
                self.read(client)

    def place(self, client: httpx.Client) -> None:
        """One order, with one key, until it is accepted."""
        key = str(uuid4())
        body = new_order((self.product, 1))
        while key not in self.accepted:
            answer = self.ask(
                client, "POST", "/v1/orders", json=body, headers={"Idempotency-Key": key}
            )
            if answer is not None and answer.status_code == 201:
                self.accepted[key] = answer.json()["id"]
            elif self.stop.wait(0.1):
                return

    def read(self, client: httpx.Client) -> None:
        """What other services answer meanwhile."""
        for path in ("/v1/products?limit=1", "/v1/notifications?limit=1"):
            self.ask(client, "GET", path)

    def ask(
        self, client: httpx.Client, method: str, path: str, **options: Any
    ) -> httpx.Response | None:
        """The answer; None where the gateway itself is away."""
        began = time.monotonic()
        try:
            answer = client.request(method, path, **options)
        except httpx.TransportError:
            self.slowest = max(self.slowest, time.monotonic() - began)
            return None
        self.slowest = max(self.slowest, time.monotonic() - began)
        status = answer.status_code
        self.statuses[status] += 1
        fine = status in {200, 201} or status in MAY_SAY_LATER
        if not fine or (status in {429, 503} and "retry-after" not in answer.headers):
            self.wrong.append(f"{method} {path}: {status} {answer.text[:200]}")
        return answer


def test_nothing_is_lost_and_nothing_happens_twice(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    print(f"CHAOS_SEED={SEED}")
    settings = {"ORDER_RESUME_SECONDS": "3", "ORDER_TIMEOUT_SECONDS": "600"}
    with running_server(tmp_path, **settings) as server, _shop(server) as shop:
        admin = shop.as_user(server.admin_email, server.admin_password)
        product = create_product(admin, stock=STOCK)["id"]
        user = shop.newcomer()
        _require_that_the_others_answer(server, user, product)
        stop = threading.Event()
        token = user.headers["Authorization"].removeprefix("Bearer ")
        loads = [Load(server, token, product, stop) for _ in range(3)]
        threads = [threading.Thread(target=load.run) for load in loads]
        for thread in threads:
            thread.start()
        try:
            killed = kill_at_random(server.process, chance, SECONDS)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert set(killed) == set(PARTS)
        _require_settled(user, admin, product, loads)
    statuses = sum((load.statuses for load in loads), Counter[int]())
    print(f"killed {dict(killed)}; answered {dict(statuses)}")
    assert [each for load in loads for each in load.wrong] == []
    assert max(load.slowest for load in loads) < DEADLINE


@contextlib.contextmanager
def _shop(server: Server) -> Iterator[Client]:
    with httpx.Client(base_url=server.base_url, timeout=DEADLINE, trust_env=False) as client:
        yield Client(client, set())


def _require_that_the_others_answer(server: Server, user: Client, product: str) -> None:
    """Kill one service after another: until it is back it is unavailable, and it alone is.

    Each knows identity's keys before: it was asked once.
    """
    paths = {
        "identity": "/v1/auth/me",
        "catalog": f"/v1/products/{product}",
        "orders": "/v1/orders?limit=1",
        "notifications": "/v1/notifications?limit=1",
    }
    for path in paths.values():
        assert user.client.get(path, headers=user.headers).status_code == 200
    for victim in paths:
        assert kill(server.process, victim)
        was_down = is_back = False
        deadline = time.monotonic() + BACK_SECONDS
        while not is_back:
            assert time.monotonic() < deadline, f"{victim}: was down {was_down}"
            for name, path in paths.items():
                answer = user.client.get(path, headers=user.headers)
                if name != victim or answer.status_code == 200:
                    assert answer.status_code == 200, f"{name}, while {victim} is down"
                    is_back = is_back or (name == victim and was_down)
                else:
                    assert answer.status_code == 503
                    assert int(answer.headers["retry-after"]) > 0
                    was_down = True


def _require_settled(user: Client, admin: Client, product: str, loads: list[Load]) -> None:
    accepted = {order for load in loads for order in load.accepted.values()}
    assert accepted
    deadline = time.monotonic() + SETTLE_SECONDS
    orders: dict[str, dict[str, Any]] = {}
    while True:
        try:
            found = [order for page in user.pages("/v1/orders", limit=100) for order in page]
            notifications = [
                each
                for page in user.pages("/v1/notifications", limit=100)
                for each in page
                if each["kind"].startswith("order_")
            ]
            stock = get_product(admin, product)["stock"]
        except (httpx.TransportError, AssertionError):  # not everything is up again
            assert time.monotonic() < deadline
            time.sleep(0.5)
            continue
        orders = {order["id"]: order for order in found}
        assert len(orders) == len(found)
        pending = [order for order in found if order["status"] == "pending"]
        confirmed = sum(order["status"] == "confirmed" for order in found)
        done = not pending and len(notifications) == len(found) and stock == STOCK - confirmed
        if done or time.monotonic() > deadline:
            break
        time.sleep(0.5)
    assert accepted <= orders.keys()
    assert pending == []
    assert stock == STOCK - confirmed
    kinds = {each["about"]: each["kind"] for each in notifications}
    assert len(notifications) == len(kinds) == len(orders)
    assert all(kinds[id_] == f"order_{order['status']}" for id_, order in orders.items())
