"""What a project's own means tell: messages that wait, events with their effects, what settled."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from blueprint_cli.benching import moments
from blueprint_cli.benching import observed as observing
from blueprint_cli.benching.effects import Ending, EventTime, endings, event_times, settled
from blueprint_cli.benching.observed import Behind, Observed, Outbox, Seen, behind, outbox, rest
from blueprint_cli.benching.operators import Backlog, Waiting, announced, look, read
from blueprint_cli.benching.project import RunningProject
from blueprint_cli.benching.recorded import (
    Consumed,
    Effect,
    Message,
    Recorded,
    read_recorded,
    recorded,
)
from blueprint_cli.benching.run import Bench, Step
from blueprint_cli.benching.verdict import verdict
from blueprint_cli.benching.watch import Sample, watching
from blueprint_cli.errors import Failed
from blueprint_cli.spec.document import read_document
from blueprint_cli.spec.reading import validate
from tests.benching.servers import serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from blueprint_cli.spec.model import Spec

EXAMPLES = Path(__file__).parents[2] / "templates/examples"
READY = """
Ready in 2.4 s; Ctrl-C stops it.
  start here     http://127.0.0.1:8000
  documentation  http://127.0.0.1:8000/docs
  catalog        http://127.0.0.1:41001/readyz /metrics
  notifications  http://127.0.0.1:41002/readyz /metrics
"""
METRICS = """
# TYPE outbox_oldest_message_seconds gauge
outbox_oldest_message_seconds{outbox="orders.outbox"} 3.5
outbox_waiting_messages{outbox="orders.outbox"} 12.0
outbox_parked_messages{outbox="orders.outbox"} 1.0
outbox_oldest_message_seconds{outbox="catalog.outbox"} 0.0
consumer_lag_events{consumer="catalog",topic="orders",partition="0"} 4.0
consumer_waiting_retries{consumer="catalog"} 1.0
http_requests_total{method="GET",route="/",status="200"} 8.0
"""


def spec_of(file: Path) -> Spec:
    document = read_document(file)
    known = {"blueprint": 1, "project": {"name": "it"}, "pattern": "monolith"}
    return validate({**known, **document.data}, document)


def test_processes_say_where_they_serve_operators() -> None:
    assert announced(READY) == {
        "catalog": "http://127.0.0.1:41001",
        "notifications": "http://127.0.0.1:41002",
    }


def test_metrics_say_what_waits() -> None:
    found = read(METRICS)
    assert found == Backlog(
        (Waiting("catalog.outbox"), Waiting("orders.outbox", 12, 3.5, 1)), unread={"catalog": 5}
    )
    assert (found.messages, found.oldest_seconds) == (12, 3.5)
    assert read(METRICS + METRICS) == found
    assert read("http_requests_total 3") == Backlog()


def test_a_process_that_does_not_answer_is_named() -> None:
    async def answer(_head: bytes) -> bytes:
        body = METRICS.encode()
        head = f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
        return head.encode() + body

    away = {"relay": "http://127.0.0.1:1"}
    assert look(away) == Backlog(silent=("relay",))
    with serving(answer) as port:
        asked = {"catalog": f"http://127.0.0.1:{port}", **away}
        found = look(asked)
        with watching((), asked) as watch:
            deadline = time.monotonic() + 30
            while not (seen := watch.samples()) and time.monotonic() < deadline:
                time.sleep(0.05)
    assert found.messages == 12
    assert found.silent == ("relay",)
    assert seen[0].backlog == found


def test_a_rest_ends_when_nothing_waits_and_not_before(monkeypatch: pytest.MonkeyPatch) -> None:
    last = Backlog(unread={"a": 9})
    waits = Backlog((Waiting("a.outbox", 3),)), Backlog(unread={"a": 1}), Backlog(silent=("a",))
    left = [*waits, Backlog(unread={"a": 0}), last]
    monkeypatch.setattr(observing, "LOOK_SECONDS", 0)
    monkeypatch.setattr(observing, "look", lambda _: left.pop(0))
    assert asyncio.run(rest({})) == Backlog(unread={"a": 0})
    assert left == [last]
    monkeypatch.setattr(observing, "REST_SECONDS", 0)
    assert asyncio.run(rest({})) == last


def held(age: Callable[[int], float]) -> list[Sample]:
    return [
        Sample(second, (), Backlog((Waiting("a.outbox"), Waiting("b.outbox", 40, age(second)))))
        for second in range(21)
    ]


@pytest.mark.parametrize(
    "age",
    [lambda at: at + 5.0, lambda at: 1 + at * 0.1, lambda _: 30.0],
    ids=["stopped", "slow", "long ago"],
)
def test_a_relay_that_does_not_keep_up_is_named(age: Callable[[int], float]) -> None:
    found = outbox(held(age), Backlog())
    assert found is not None
    assert found.starved.startswith("the oldest message of b.outbox had waited ")
    assert "40 messages" in found.starved
    assert found.name == "b.outbox"


@pytest.mark.parametrize(
    "age",
    [lambda _: 0.0, lambda at: 0.3 * (at % 3), lambda at: 5.0 if at == 9 else 0.1],
    ids=["nothing waits", "delivered each second", "a pause"],
)
def test_messages_that_are_on_their_way_are_not_late(age: Callable[[int], float]) -> None:
    found = outbox(held(age), Backlog())
    assert found is not None
    assert found.starved == ""


def test_what_waits_after_a_rest_is_named() -> None:
    left = Backlog((Waiting("a.outbox", 3), Waiting("b.outbox")), unread={"c": 2})
    found = outbox(held(lambda _: 0.0), left)
    assert found is not None
    assert found.pending_end == 3
    assert found.starved.endswith("ended, 3 messages in a.outbox waited still")
    assert found.name == "a.outbox"
    # Also where no process had told anything meanwhile.
    assert outbox([], left) == found
    # What a consumer has not confirmed may be handled all the same.
    assert outbox(held(lambda _: 0.0), Backlog(unread={"c": 2})) == Outbox(0, 0, 0)
    assert outbox([Sample(1, (), None)], None) is None
    assert outbox([Sample(1, (), Backlog())], None) is None


def lagging(events: Callable[[int], int]) -> list[Sample]:
    return [
        Sample(second, (), Backlog(unread={"well": second % 3, "stuck": events(second)}))
        for second in range(21)
    ]


def test_a_consumer_that_falls_ever_further_behind_is_named() -> None:
    left = Backlog(unread={"well": 2, "stuck": 41})
    assert behind(lagging(lambda at: 2 * at), left) == (Behind("stuck", 41),)
    # It caught up once the load had ended.
    assert behind(lagging(lambda at: 2 * at), Backlog(unread={"stuck": 0})) == ()
    # What stands still may be handled all the same.
    assert behind(lagging(lambda _: 41), left) == ()
    assert behind(lagging(lambda at: 2 * at), None) == ()


PLACED, CONFIRMED = "orders.order-placed.v1", "orders.order-confirmed.v1"


def messages() -> list[Message]:
    return [
        Message("m-0", PLACED, "o-0", 0, 1.0),  # before the time
        Message("m-1", PLACED, "o-1", 0, 10.0),
        Message("m-2", CONFIRMED, "o-1", 0, 10.2),
        Message("m-3", PLACED, "o-2", 0, 11.0),
        Message("m-4", "clinic.AppointmentBooked.v1", "a-1", 1, 12.0),
        Message("m-5", "clinic.AppointmentCancelled.v1", "a-1", 2, 13.0),
    ]


def test_events_are_timed_to_their_effects() -> None:
    said = Recorded(
        tuple(messages()),
        notifications=(
            Effect("o-1", 0, "order_confirmed", 10.25),
            Effect("o-1", 0, "order_rejected", 10.3),  # of another event of that order
            Effect("a-1", 1, "booked", 12.1),
        ),
        reactions=(Effect("a-1", 2, "fine_create", 13.5),),
        consumed=(
            Consumed("m-1", "catalog", 10.04),
            Consumed("m-2", "notifications", 10.24),  # its notification says when
        ),
    )
    found = {(one.name, one.effect): one for one in event_times(said, 5.0, 20.0)}
    assert {name: round(one.p50_ms, -1) for name, one in found.items()} == {
        (PLACED, "consumer catalog"): 40,
        (CONFIRMED, "notification order_confirmed"): 50,
        ("clinic.AppointmentBooked.v1", "notification booked"): 100,
        ("clinic.AppointmentCancelled.v1", "reaction fine_create"): 500,
    }
    assert all(one.count == 1 for one in found.values())
    # Of two orders that were placed in that time the catalog handled one.
    assert {name for name, one in found.items() if one.missing} == {(PLACED, "consumer catalog")}


def test_what_began_and_did_not_end_is_counted() -> None:
    [orders] = endings(spec_of(EXAMPLES / "shop.yaml"))
    asked_again = Message("m-6", PLACED, "o-2", 0, 14.0)
    [found] = settled(Recorded((*messages(), asked_again)), (orders,), 5.0, 20.0)
    assert (found.name, found.count, found.unsettled) == ("orders", 1, 1)
    assert found.p95_ms == pytest.approx(200, rel=0.01)


def test_rows_that_a_reaction_moves_on_are_a_process() -> None:
    assert endings(spec_of(EXAMPLES / "clinic.yaml")) == ()
    found = endings(spec_of(Path(__file__).parents[1] / "projects/documents.yaml"))
    assert (
        Ending(
            "forms.Shape",
            "forms.ShapeMade.v1",
            frozenset({"forms.ShapeAged.v2"}),
        )
        in found
    )


def step() -> Step:
    return Step(100, 20, 2000, 5, 20, 30, 0, 0, "", keeps_up=True, routes=(), histogram="")


def test_what_is_wrong_beside_the_slo_is_said_in_words() -> None:
    spec = spec_of(EXAMPLES / "shop.yaml")
    bench = Bench(step(), (20.0,))
    assert verdict(bench, spec, cores=2, observed=Observed()).good
    late = outbox(held(lambda at: at + 5.0), None)
    unsettled = settled(
        Recorded(tuple(messages())), (Ending("orders", PLACED, frozenset(), by_itself=True),), 5, 20
    )
    lost = (EventTime("a.b.v1", "consumer c", 4, 1, 2, 3, missing=1),)
    seen = Observed(
        outbox=late,
        settled=unsettled,
        events=lost,
        behind=(Behind("c", 41),),
        silent=("orders-relay",),
    )
    found = verdict(bench, spec, cores=2, observed=seen)
    assert found.kept
    assert not found.good
    names = ["outbox", "unsettled", "events", "consumer", "silent"]
    assert [one.name for one in found.faults] == names
    assert found.faults[3].message == "c fell behind: 41 events waited for it still"
    assert found.faults[4].message == "orders-relay did not answer once the load had ended"
    assert found.faults[2].message == "1 of 5 a.b.v1 had not come to consumer c at the end"
    assert found.faults[1].message == "2 of 2 orders had not been settled at the end"


def test_it_lies_to_the_articles_figures() -> None:
    found = verdict(Bench(step(), (20.0,)), spec_of(EXAMPLES / "shop.yaml"), cores=2)
    assert {one.name: one.lies for one in found.bands} == {
        "p95": "better",
        "throughput": "within",
        "errors": "better",
    }


@pytest.mark.parametrize(("seconds", "how"), [(-3600.0, "back"), (90.0, "forward")])
def test_a_clock_that_is_set_moves_nothing_and_is_said(
    seconds: float, how: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = moments.now()
    assert moments.clock_was_set() == ""
    true = time.time
    monkeypatch.setattr(time, "time", lambda: true() + seconds)
    assert before <= moments.now() < before + 60
    said = f"the system's clock was set {how} by {abs(seconds):,.1f} s meanwhile"
    assert said in moments.clock_was_set()
    # What the project stamped is not looked at, and nobody is blamed; what processes used is known.
    log, metrics = tmp_path / "log", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    with serving(lambda _: answered(metrics)) as port, watching((os.getppid(),)) as watch:
        log.write_text(f"  it  http://127.0.0.1:{port}/readyz /metrics\n")
        project = RunningProject(tmp_path, "", {"DEV_STATE": str(tmp_path)}, (), log)
        while len(watch.samples(before)) < 3:
            time.sleep(0.1)
        found = Bench(replace(step(), began=before), (20.0,))
        seen = Seen(project).observed(found, spec_of(EXAMPLES / "shop.yaml"), watch)
    assert said in seen.unknown
    assert (seen.outbox, seen.events, seen.settled) == (None, (), ())
    assert seen.processes


async def answered(answer: bytes) -> bytes:
    return answer


def test_rows_of_databases_are_read() -> None:
    said = {
        "messages": [["m", PLACED, "o", 0, 1.5]],
        "notifications": [["o", 0, "order_confirmed", 2.0]],
        "reactions": [],
        "consumed": [["m", "catalog", 1.7]],
    }
    found = recorded(said)
    assert found.messages == (Message("m", PLACED, "o", 0, 1.5),)
    assert found.consumed[0].consumer == "catalog"


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="what the run recorded cannot be read"):
        read_recorded(Path(sys.executable), tmp_path, "postgresql://127.0.0.1:1/x", 0.0)
