"""Who orders, and remembers what was promised."""

import asyncio
import random
import secrets
import time

import httpx

from dev.chaos.shop import ADMIN, PASSWORD, ChaosError

STOCK = 100_000
PRODUCTS = 3
CANCELLED = 0.1
PATIENCE_SECONDS = 120.0
_LATER = {409, 429}


class Customers:
    """They order one piece of one product, and cancel one order in ten."""

    def __init__(self, client: httpx.AsyncClient, chance: random.Random) -> None:
        self._client = client
        self._chance = chance
        self.accepted: dict[str, str] = {}
        """Order to product."""
        self.products: list[str] = []
        self._headers: dict[str, str] = {}

    async def prepare(self) -> None:
        """Log in, and offer products."""
        body = {"email": ADMIN, "password": PASSWORD}
        token = (await self._insist("POST", "/v1/auth/login", json=body)).json()["access_token"]
        self._headers = {"Authorization": f"Bearer {token}"}
        for number in range(PRODUCTS):
            product = {"sku": f"chaos-{number}", "name": "Teapot", "description": ""}
            price = {"price_cents": 100, "currency": "EUR", "stock": STOCK}
            answer = await self._insist("POST", "/v1/products", json=product | price)
            self.products.append(answer.json()["id"])

    async def order_until(self, over: asyncio.Event) -> None:
        """One order after the other, each tried with its key until it is accepted."""
        while not over.is_set():
            product = self._chance.choice(self.products)
            body = {"lines": [{"product_id": product, "quantity": 1}]}
            key = {"Idempotency-Key": secrets.token_hex(12)}
            answer = await self._insist("POST", "/v1/orders", json=body, more=key)
            order = answer.json()["id"]
            self.accepted[order] = product
            if self._chance.random() < CANCELLED:
                await self._insist("POST", f"/v1/orders/{order}/cancel")
            await asyncio.sleep(self._chance.uniform(0, 0.05))

    async def everything(self, path: str) -> list[dict[str, object]]:
        """Every page of a list."""
        found: list[dict[str, object]] = []
        cursor: dict[str, str] = {}
        while True:
            page = (await self._insist("GET", path, params={"limit": "100", **cursor})).json()
            found += page["items"]
            if page["next_cursor"] is None:
                return found
            cursor = {"cursor": page["next_cursor"]}

    async def stock(self) -> dict[str, int]:
        """What is left of each product."""
        return {
            each: (await self._insist("GET", f"/v1/products/{each}")).json()["stock"]
            for each in self.products
        }

    async def _insist(
        self, method: str, path: str, more: dict[str, str] | None = None, **options: object
    ) -> httpx.Response:
        """The answer, once whoever was killed is back; raises ChaosError for a refusal."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        problem = ""
        while time.monotonic() < deadline:
            try:
                answer = await self._client.request(
                    method,
                    path,
                    headers=self._headers | (more or {}),
                    **options,  # type: ignore[arg-type]
                )
            except httpx.TransportError as error:
                problem = repr(error)
            else:
                if answer.is_success or "order_not_cancellable" in answer.text:
                    return answer
                problem = f"{answer.status_code} {answer.text}"
                if answer.is_client_error and answer.status_code not in _LATER:
                    break
            await asyncio.sleep(0.2)
        raise ChaosError(f"{method} {path}: {problem}")
