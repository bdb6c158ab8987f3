"""What a load asks of the ready-made contexts, which no model describes."""

from __future__ import annotations

import itertools
import random
import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from blueprint_cli.benching.client import keys_in
from blueprint_cli.benching.load import Request
from blueprint_cli.benching.workload import SEED, Row, Rows, how_it_ended, wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from blueprint_cli.benching.client import Client
    from blueprint_cli.benching.connections import Answer
    from blueprint_cli.benching.people import Account, People

Kinds = dict[str, "Callable[[], Request | None]"]
STOCK: Final = 1_000_000


class IdentityLoad:
    """Who I am, which every client asks, and logins of everybody in turn.

    Each brings its account a new token: a long run does not outlive them.
    """

    def __init__(self, host: str, people: People, user: Account) -> None:
        self._host = host
        self._user = user
        self._people = people
        self._count = itertools.count()

    @property
    def kinds(self) -> Kinds:
        """What can be asked of it."""
        return {"reads": self._me, "logins": self._login}

    def _me(self) -> Request:
        path = "/v1/auth/me"
        return Request(f"GET {path}", wire(self._host, "GET", path, self._user.token), how_it_ended)

    def _login(self) -> Request | None:
        everybody = self._people.all
        account = everybody[next(self._count) % len(everybody)]
        known = account.credentials
        if known is None:
            return None
        path = "/v1/auth/login"
        body = {"email": known.email, "password": known.password}

        def answered(answer: Answer) -> str:
            if answer.status == HTTPStatus.OK:
                account.token = str(keys_in(answer.body).get("access_token", account.token))
            return how_it_ended(answer)

        return Request(f"POST {path}", wire(self._host, "POST", path, "", body), answered)


class NotificationsLoad:
    """The messages to a user."""

    def __init__(self, host: str, user: Account) -> None:
        self._host = host
        self._user = user

    @property
    def kinds(self) -> Kinds:
        """What can be asked of it."""
        return {"lists": self._list}

    def _list(self) -> Request:
        path = "/v1/notifications"
        return Request(f"GET {path}", wire(self._host, "GET", path, self._user.token), how_it_ended)


class CatalogLoad:
    """Products, which anyone reads and lists."""

    PATH: Final = "/v1/products"

    def __init__(self, host: str) -> None:
        self._host = host
        self.rows = Rows()
        self._draw = random.Random(SEED)  # noqa: S311 - no secret is made of it

    def fill(self, client: Client, people: People, count: int) -> None:
        """Make products."""
        admin = people.with_role(["admin"])
        run = secrets.token_hex(3)
        for number in range(count if admin else 0):
            body = {
                "sku": f"bench-{run}-{number}",
                "name": f"Product {number}",
                "description": "A thing that one can buy. " * 4,
                "price_cents": 100 + number,
                "currency": "EUR",
                "stock": STOCK,
            }
            made = client.ask("POST", self.PATH, body, admin.token if admin else "")
            if made.status == HTTPStatus.CREATED and admin and "id" in made.data:
                self.rows.add(Row(made.data["id"], admin, "", body))

    @property
    def kinds(self) -> Kinds:
        """What can be asked of it."""
        return {"reads": self._read, "lists": self._list} if self.rows.all else {}

    def _read(self) -> Request | None:
        row = self.rows.any(self._draw)
        if row is None:
            return None
        path = f"{self.PATH}/{row.id}"
        return Request(f"GET {self.PATH}/{{id}}", wire(self._host, "GET", path), how_it_ended)

    def _list(self) -> Request:
        wanted = f"{self.PATH}?limit=20"
        return Request(f"GET {self.PATH}", wire(self._host, "GET", wanted), how_it_ended)


class OrdersLoad:
    """Orders of those products: placed, read by whoever placed them."""

    PATH: Final = "/v1/orders"

    def __init__(self, host: str, users: list[Account], products: Rows) -> None:
        self._host = host
        self._users = itertools.cycle(users)
        self._products = products
        self.rows = Rows()
        self._draw = random.Random(SEED + 1)  # noqa: S311 - no secret is made of it
        self._run = secrets.token_hex(4)
        self._count = itertools.count(1)

    @property
    def kinds(self) -> Kinds:
        """What can be asked of it."""
        kinds: Kinds = {"creates": self._place, "lists": self._list, "reads": self._read}
        return kinds if self._products.all else {}

    def _place(self) -> Request | None:
        product = self._products.any(self._draw)
        if product is None:
            return None
        by = next(self._users)
        body = {"lines": [{"product_id": product.id, "quantity": 1}]}
        self.rows.asked += 1
        key = {"Idempotency_Key": f"bench {self._run} {next(self._count)}"}

        def answered(answer: Answer) -> str:
            self.rows.answered += 1
            if answer.status != HTTPStatus.CREATED:
                return how_it_ended(answer)
            made = keys_in(answer.body)
            if "id" not in made:
                return "error"
            self.rows.add(Row(str(made["id"]), by, "", body))
            return "ok"

        content = wire(self._host, "POST", self.PATH, by.token, body, **key)
        return Request(f"POST {self.PATH}", content, answered)

    def _read(self) -> Request | None:
        row = self.rows.any(self._draw)
        if row is None:
            return None
        content = wire(self._host, "GET", f"{self.PATH}/{row.id}", row.by.token)
        return Request(f"GET {self.PATH}/{{id}}", content, how_it_ended)

    def _list(self) -> Request:
        by = next(self._users)
        content = wire(self._host, "GET", self.PATH, by.token)
        return Request(f"GET {self.PATH}", content, how_it_ended)
