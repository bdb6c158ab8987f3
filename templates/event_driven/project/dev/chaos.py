"""`make chaos`: orders under load while processes are killed and events repeated out of order.

Then: every accepted order settled once, the stock is right, one notification for each order and
kind, no dead letters. SECONDS of load (20), SEED of chance; ENDURE, a command to run in the middle
(to kill a broker of your own).
"""

import asyncio
import os
import random
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from confluent_kafka import Producer

from dev.brokers import VARIABLE, address_file, declared
from dev.contexts import CONTEXTS
from dev.database import ROOT
from dev.ports import free_port
from kit_kafka.dead_letters import read_to_end
from kit_kafka.topics import DEAD_LETTERS

PASSWORD = "seven lamps over the harbour"  # noqa: S105 - of a database that is thrown away
STOCK = 100_000
PRODUCTS = 3
SETTLE_SECONDS = 120.0


class ChaosError(Exception):
    """What was lost or doubled."""


class Shop:
    """The whole project, started as `make dev` starts it."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.environment = os.environ | {
            "DEV_STATE": str(folder),
            "ENVIRONMENT": "test",
            "LOG_FORMAT": "json",
            "PASSWORD": PASSWORD,
            "PORT": str(self.port),
            "RELOAD": "0",
            # What died with an answer in its hands is asked again soon.
            "ORDER_RESUME_SECONDS": "5",
        }
        self.log = folder / "log"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "dev"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + SETTLE_SECONDS
        while "Ready in" not in self.log.read_text("utf-8", "replace"):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise ChaosError(f"it does not start: {self.log.read_text('utf-8')[-2000:]}")
            time.sleep(0.1)
        admin = ("--database", "identity", sys.executable, "-m", "identity.commands.admin")
        subprocess.run(
            [sys.executable, "-m", "dev.run", *admin, "admin@example.com"],
            cwd=ROOT,
            env=self.environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()

    @property
    def brokers(self) -> str:
        given = os.environ.get(VARIABLE)
        return given or address_file(self._folder).read_text("ascii")

    def kill(self, marks: tuple[str, ...]) -> bool:
        """End with SIGKILL the process of ours whose command has all marks."""
        listing = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid=,args="],  # noqa: S607 - every Unix has it
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        rows = [line.split(None, 2) for line in listing.splitlines()]
        parents = {int(row[0]): int(row[1]) for row in rows if len(row) > 2}  # noqa: PLR2004
        for row in rows:
            if len(row) < 3 or "keeper.py" in row[2] or not all(m in row[2] for m in marks):  # noqa: PLR2004
                continue
            if self._process and _descends(int(row[0]), self._process.pid, parents):
                os.kill(int(row[0]), signal.SIGKILL)
                return True
        return False


def _descends(pid: int, ancestor: int, parents: dict[int, int]) -> bool:
    while pid in parents:
        if pid == ancestor:
            return True
        pid = parents[pid]
    return False


class Customers:
    """Who orders, and remembers what was promised."""

    def __init__(self, client: httpx.AsyncClient, chance: random.Random) -> None:
        self._client = client
        self._chance = chance
        self.accepted: dict[str, dict[str, object]] = {}
        self.products: list[str] = []
        self._headers: dict[str, str] = {}

    async def prepare(self) -> None:
        await self.log_in()
        for number in range(PRODUCTS):
            product = {"sku": f"chaos-{number}", "name": "Teapot", "description": ""}
            answer = await self._client.post(
                "/v1/products",
                json=product | {"price_cents": 100, "currency": "EUR", "stock": STOCK},
                headers=self._headers,
            )
            self.products.append(answer.raise_for_status().json()["id"])

    async def log_in(self) -> None:
        body = {"email": "admin@example.com", "password": PASSWORD}
        answer = await self._client.post("/v1/auth/login", json=body)
        self._headers = {
            "Authorization": f"Bearer {answer.raise_for_status().json()['access_token']}"
        }

    async def order(self) -> None:
        """One order, tried with the same key until it is accepted; some are cancelled."""
        line = {"product_id": self._chance.choice(self.products), "quantity": 1}
        key = {"Idempotency-Key": secrets.token_hex(12)}
        answer = await self._insist("POST", "/v1/orders", json={"lines": [line]}, more=key)
        order = answer.json()
        self.accepted[order["id"]] = line
        if self._chance.random() < 0.1:  # noqa: PLR2004 - one in ten
            await self._insist("POST", f"/v1/orders/{order['id']}/cancel")

    async def order_until(self, end: float) -> None:
        while time.monotonic() < end:
            await self.order()
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
        return {
            each: (await self._insist("GET", f"/v1/products/{each}")).json()["stock"]
            for each in self.products
        }

    async def _insist(
        self, method: str, path: str, more: dict[str, str] | None = None, **options: object
    ) -> httpx.Response:
        deadline = time.monotonic() + SETTLE_SECONDS
        while True:
            try:
                answer = await self._client.request(
                    method,
                    path,
                    headers=self._headers | (more or {}),
                    **options,  # type: ignore[arg-type]
                )
                if answer.status_code < 500 and answer.status_code not in {409, 429}:  # noqa: PLR2004
                    answer.raise_for_status()
                    return answer
            except httpx.TransportError:
                pass
            if time.monotonic() > deadline:
                raise ChaosError(f"{method} {path} is not answered")
            await asyncio.sleep(0.2)


def repeat_out_of_order(brokers: str, chance: random.Random) -> int:
    """Publish every event of every topic once more, shuffled; how many."""
    config = {"bootstrap.servers": brokers}
    producer = Producer(config)
    count = 0
    for topic in declared():
        if topic.name.endswith(DEAD_LETTERS):
            continue
        partitions = producer.list_topics(topic.name, timeout=10).topics[topic.name].partitions
        records = list(read_to_end(config, topic.name, dict.fromkeys(partitions, 0)))
        chance.shuffle(records)
        for record in records:
            headers: list[tuple[str, str | bytes | None]] = list(record.headers.items())
            producer.produce(topic.name, record.value, record.key, headers=headers)
            count += 1
            producer.poll(0)
    producer.flush(30)
    return count


def dead_letters(brokers: str) -> int:
    """How many there are in all groups."""
    config = {"bootstrap.servers": brokers}
    topics = [topic.name for topic in declared() if topic.name.endswith(DEAD_LETTERS)]
    return sum(1 for name in topics for _ in read_to_end(config, name, {0: 0}))


async def rage(shop: Shop, end: float, chance: random.Random) -> list[str]:
    """Kill one process after another; what was killed."""
    targets: dict[str, tuple[str, ...]] = {
        context: (f"{context}_service.server",) for context in CONTEXTS
    }
    targets["postgres"] = ("postgres", "-D")
    killed: list[str] = []
    endure = os.environ.get("ENDURE")
    while time.monotonic() < end - 3:
        await asyncio.sleep(chance.uniform(1.5, 3))
        name = chance.choice(list(targets))
        if await asyncio.to_thread(shop.kill, targets[name]):
            killed.append(name)
        if endure and len(killed) == 2:  # noqa: PLR2004 - in the middle
            await asyncio.create_subprocess_shell(endure)
            killed.append("by ENDURE")
            endure = None
    return killed


async def verify(customers: Customers, shop: Shop) -> str:
    """Wait until all is settled, then count; raises ChaosError."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        orders = {str(order["id"]): order for order in await customers.everything("/v1/orders")}
        lost = customers.accepted.keys() - orders.keys()
        if lost:
            raise ChaosError(f"{len(lost)} accepted orders are gone")
        pending = [each for each, order in orders.items() if order["status"] == "pending"]
        told = await customers.everything("/v1/notifications")
        stock = await customers.stock()
        sold = dict.fromkeys(customers.products, 0)
        expected = set()
        for each, order in orders.items():
            status = str(order["status"])
            if status == "confirmed":
                sold[str(customers.accepted[each]["product_id"])] += 1
            expected.add((each, f"order_{status}"))
        right = all(stock[each] == STOCK - count for each, count in sold.items())
        kinds = [(str(each["order_id"]), str(each["kind"])) for each in told]
        missing = expected - set(kinds)
        if not pending and right and not missing:
            break
        if time.monotonic() > deadline:
            raise ChaosError(
                f"{len(pending)} orders pending, {len(missing)} notifications missing,"
                f" stock {stock}, sold {sold}"
            )
        await asyncio.sleep(0.5)
    if len(kinds) != len(set(kinds)):
        raise ChaosError(f"{len(kinds) - len(set(kinds))} notifications twice")
    dead = await asyncio.to_thread(dead_letters, shop.brokers)
    if dead:
        raise ChaosError(f"{dead} dead letters, and nothing was poisoned")
    states = [str(order["status"]) for order in orders.values()]
    return ", ".join(f"{states.count(state)} {state}" for state in sorted(set(states)))


async def chaos(shop: Shop, seconds: float, seed: int) -> None:
    """The whole of it; raises ChaosError."""
    chance = random.Random(seed)  # noqa: S311 - to be repeated, not secret
    base = f"http://127.0.0.1:{shop.port}"
    async with httpx.AsyncClient(base_url=base, timeout=10, trust_env=False) as client:
        customers = Customers(client, chance)
        await customers.prepare()
        end = time.monotonic() + seconds
        raging = asyncio.create_task(rage(shop, end, chance))
        await asyncio.gather(*(customers.order_until(end) for _ in range(4)))
        killed = await raging
        print(f"{len(customers.accepted)} orders accepted; killed: {', '.join(killed)}", flush=True)
        repeated = await asyncio.to_thread(repeat_out_of_order, shop.brokers, chance)
        print(f"{repeated} events repeated out of order", flush=True)
        print(f"nothing lost, nothing twice: {await verify(customers, shop)}")


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
