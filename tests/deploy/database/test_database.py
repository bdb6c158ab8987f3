"""The rendered cluster and pooler under a generated shop, by the real programs."""

import contextlib
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from pathlib import Path
from uuid import uuid4

import pytest

from tests.deploy.database.cluster import Cluster, missing, running, until
from tests.deploy.database.shop import Answer, Client, Orders, Shop, generate, longest_gap

pytestmark = [
    pytest.mark.project,
    pytest.mark.skipif(bool(missing()), reason=f"not on this machine: {missing()}"),
]
KEYS = (
    "platform.database.cluster=patroni",
    "platform.database.pooler=pgbouncer",
    "requirements.consistency=eventual",
)
ASKING_AT_ONCE = 20
ASKED_BY_EACH = 30
# ttl and loop_wait of patroni.yml, starting as a primary, and two busy cores.
AT_MOST_SECONDS = 60
READS_MAY_LAG_SECONDS = 3


Serving = Callable[..., contextlib.AbstractContextManager[Client]]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Print a figure that was measured, whatever becomes of other output."""

    def say_it(line: str) -> None:
        with capsys.disabled():
            print(f"\n{line}")  # noqa: T201 - figures for docs/deploy.md

    return say_it


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop(
        generate(tmp_path_factory.mktemp("clustered"), *KEYS), tmp_path_factory.mktemp("state")
    )


@pytest.fixture(scope="module")
def cluster(shop: Shop) -> Iterator[Cluster]:
    with (
        # Not below pytest's folder, which root alone may enter: PostgreSQL runs as somebody else.
        tempfile.TemporaryDirectory(prefix="cluster-") as folder,
        running(shop.project / "deploy", Path(folder)) as cluster,
    ):
        said = shop.migrate(cluster.url(), of_app(cluster, "app_owner"), of_app(cluster))
        assert "as role app_owner on database app" in said
        yield cluster


def of_app(cluster: Cluster, user: str = "app", **query: str) -> str:
    return cluster.url(user, "app", **query)


@pytest.fixture(scope="module")
def serving(shop: Shop, cluster: Cluster) -> Serving:
    def start(**variables: str) -> contextlib.AbstractContextManager[Client]:
        standby = of_app(cluster, target_session_attrs="prefer-standby")
        direct = of_app(cluster)
        urls = {"DATABASE_URL": direct, "DIRECT_DATABASE_URL": direct, "READ_DATABASE_URL": standby}
        return shop.serving(**{**urls, **variables})

    return start


@pytest.fixture(scope="module")
def pooled(cluster: Cluster) -> dict[str, str]:
    """The settings that Compose gives a server, which asks for no statement to be prepared."""
    url = cluster.pool(cluster.deploy.parent / "pgbouncer" / "start.sh")
    return {"DATABASE_URL": url, "DATABASE_PREPARED_STATEMENTS": "false"}


def statuses(*asked: Callable[[], Answer]) -> Counter[int]:
    """How requests end that many clients send at once, each of them all of these in turn."""

    def ask(number: int) -> list[int]:
        turns = range(number, number + ASKED_BY_EACH)
        return [asked[turn % len(asked)]().status for turn in turns]

    with ThreadPoolExecutor(ASKING_AT_ONCE) as pool:
        return Counter(chain.from_iterable(pool.map(ask, range(ASKING_AT_ONCE))))


def test_no_request_fails_behind_the_pooler(
    cluster: Cluster, serving: Serving, pooled: dict[str, str], say: Callable[[str], None]
) -> None:
    with serving(**pooled) as visitor:
        user = visitor.newcomer()
        lists = (partial(user.ask, "GET", path) for path in ("/v1/orders", "/v1/notifications"))
        found = statuses(user.place, *lists, partial(visitor.ask, "GET", "/v1/products"))
        # What a relay asks of its session, it asks of one of its own: no other transaction has it.
        shown = {cluster.sql("SHOW enable_sort", pooled["DATABASE_URL"]) for _ in range(5)}
    say(f"behind PgBouncer: {found.total()} requests, {dict(found)}")
    of_the_pool = [
        cluster.sql(f"SHOW {name}", pooled["DATABASE_URL"])
        for name in ("statement_timeout", "idle_in_transaction_session_timeout", "timezone")
    ]

    assert found.keys() <= {200, 201}
    assert shown == {"on"}
    assert of_the_pool == ["5s", "30s", "UTC"]


def test_statements_that_are_prepared_fail_behind_the_pooler(
    serving: Serving, pooled: dict[str, str]
) -> None:
    variables = {**pooled, "DATABASE_PREPARED_STATEMENTS": "true", "READ_DATABASE_URL": ""}
    with serving(**variables) as visitor:
        found = statuses(
            partial(visitor.ask, "GET", "/v1/products"),
            partial(visitor.ask, "GET", f"/v1/products/{uuid4()}"),
        )
    assert found[500] > 0


def test_the_black_box_suite_of_orders_passes_behind_the_pooler(
    shop: Shop, cluster: Cluster, serving: Serving, pooled: dict[str, str]
) -> None:
    account = {"ADMIN_EMAIL": "admin@example.com", "ADMIN_PASSWORD": "own-words-of-an-admin-41"}
    given = ("-m", "identity.commands", "admin", account["ADMIN_EMAIL"])
    # What a standby answers may be older than what the suite has just written.
    urls = {"READ_DATABASE_URL": "", "DIRECT_DATABASE_URL": of_app(cluster)}
    asked = {**pooled, **urls, "CORS_ORIGINS": "https://shop.example"}
    with serving(**asked) as visitor:
        shop.run(*given, **{**asked, "PASSWORD": account["ADMIN_PASSWORD"]})
        said = shop.run(
            *("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/blackbox/test_orders.py"),
            ENVIRONMENT="test",
            BASE_URL=visitor.base_url,
            **account,
        )
    assert "failed" not in said


def test_lists_may_lag_and_what_belongs_to_a_change_does_not(
    cluster: Cluster, serving: Serving
) -> None:
    with serving(READ_MAX_AGE_SECONDS=str(READS_MAY_LAG_SECONDS)) as visitor:
        user = visitor.newcomer()
        until(lambda: "age" in visitor.ask("GET", "/v1/products").headers, "no read of a standby")
        with cluster.paused():
            placed = user.place().json["id"]
            listed = user.ask("GET", "/v1/orders")
            own = user.ask("GET", f"/v1/orders/{placed}")
            fresh = user.ask("GET", "/v1/orders", **{"Cache-Control": "no-cache"})
            until(lambda: orders_of(user) == [placed], "an answer of any age", 10)
            late = user.ask("GET", "/v1/orders")

    assert listed.json["items"] == []
    assert 1 <= int(listed.headers["age"]) <= READS_MAY_LAG_SECONDS
    assert own.status == 200
    assert [one["id"] for one in fresh.json["items"]] == [placed]
    assert not {"age"} & (own.headers.keys() | fresh.headers.keys() | late.headers.keys())


def orders_of(user: Client) -> list[str]:
    return [one["id"] for one in user.ask("GET", "/v1/orders").json["items"]]


def test_a_switch_over_loses_nothing(
    cluster: Cluster, serving: Serving, say: Callable[[str], None]
) -> None:
    cluster.synchronous(wanted=True)
    primary = cluster.primary()
    with serving() as visitor:
        orders = Orders(visitor.newcomer())
        with orders.placed():
            time.sleep(1)
            said = cluster.patronictl("switchover", "--force", cluster.name)
            assert cluster.primary() != primary, said
            before = len(orders.acknowledged)
            until(lambda: len(orders.acknowledged) > before + 20, "no order after the switch-over")
    stored = set(cluster.sql("SELECT id FROM orders.orders", cluster.url(database="app")).split())
    say(f"switch-over: {longest_gap(orders.acknowledged.values()):.1f} s without writes")

    assert orders.acknowledged.keys() <= stored


@pytest.mark.parametrize("mode", ["asynchronous", "synchronous"])
def test_orders_go_on_after_the_primary_is_killed(
    mode: str, cluster: Cluster, serving: Serving, say: Callable[[str], None]
) -> None:
    cluster.synchronous(wanted=mode == "synchronous")
    with serving(READ_MAX_AGE_SECONDS="60") as visitor:
        orders = Orders(visitor.newcomer())
        with orders.placed():
            time.sleep(3)
            killed = cluster.primary()
            assert killed is not None
            before = len(orders.acknowledged)
            cluster.kill(killed)
            until(lambda: len(orders.acknowledged) > before + 50, "no order after the fail-over")
    stored = set(cluster.sql("SELECT id FROM orders.orders", cluster.url(database="app")).split())
    lost = orders.acknowledged.keys() - stored
    without = longest_gap(orders.acknowledged.values())
    say(
        f"{mode}: {without:.1f} s without writes,"
        f" {longest_gap(orders.listed):.1f} s without lists,"
        f" {len(lost)} of {len(orders.acknowledged)} acknowledged orders lost"
    )
    if mode == "asynchronous":
        cluster.start(killed)
        until(lambda: cluster.standby() == killed, "the former primary does not follow")

    assert before > 0
    assert without < AT_MOST_SECONDS
    assert longest_gap(orders.listed) < without
    assert not lost or mode == "asynchronous"
    assert set(orders.refused) <= {503, 504}


def test_a_moment_is_restored_beside_the_database(
    cluster: Cluster, say: Callable[[str], None]
) -> None:
    backup = cluster.script("backup.sh", **cluster.replicator)
    assert backup.returncode == 0, backup.stdout
    owner = cluster.url(database="app")
    cluster.sql("CREATE TABLE public.noted AS SELECT 'kept' AS what", owner)
    moment = cluster.sql("SELECT clock_timestamp()")
    cluster.sql("UPDATE public.noted SET what = 'lost'", owner)
    cluster.archived()
    primary = cluster.primary()
    assert primary is not None
    restored = {"PGDATA": str(cluster.folder / "data" / f"restored-{primary}")}

    begun = time.monotonic()
    done = cluster.script("restore.sh", moment, RESTORE_FROM=str(cluster.backups), **restored)
    say(f"restored in {time.monotonic() - begun:.1f} s")
    again = cluster.script("restore.sh", moment, RESTORE_FROM=str(cluster.backups), **restored)
    elsewhere = {"PGDATA": f"{restored['PGDATA']}-else"}
    early = cluster.script(
        "restore.sh", "2020-01-01", RESTORE_FROM=str(cluster.backups), **elsewhere
    )
    late = cluster.script(
        "restore.sh", "2999-01-01", RESTORE_FROM=str(cluster.backups), **elsewhere
    )
    latest = cluster.script("restore.sh", "latest", RESTORE_FROM=str(cluster.backups), **elsewhere)
    cluster.renamed("restored", first=primary)

    assert done.returncode == 0, done.stdout
    assert cluster.sql("SELECT what FROM public.noted", owner) == "kept"
    assert (again.returncode, early.returncode, late.returncode) == (2, 2, 3)
    assert latest.returncode == 0, latest.stdout
    assert "is there already" in again.stdout
    assert "no backup" in early.stdout
    assert "recovery ended before configured recovery target was reached" in late.stdout
