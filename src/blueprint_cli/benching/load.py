"""An open load: every request has a moment at which it is due, and its latency counts from there.

A generator that waits for answers before it asks again measures the server's good moments: while
it stands still nobody asks (coordinated omission). Here requests are due at a rate whatever the
server does. A run in which the generator itself was late is worth nothing, and says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from blueprint_cli.benching.connections import Answer, Connection
from blueprint_cli.benching.histogram import Histogram

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from ssl import SSLContext

# A generator later than that at one request in a hundred was the limit, and not the server.
LATE_MS: Final = 10.0
LEAST_OFFERED: Final = 0.99
ANSWER_SECONDS: Final = 10.0
MOST_CONNECTIONS: Final = 4_000
MOST_FILES: Final = 65_536
# More users than that share connections: servers and systems allow so many files.
MOST_USERS: Final = 2_000
# So often answers are read while requests that are due are sent.
AT_ONCE: Final = 16


def allow_files() -> None:
    """Let this process, and what it starts, open so many files as a container may.

    A connection is a file, and many systems begin with 1,024 of them.
    """
    try:
        import resource  # noqa: PLC0415 - Windows has none
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@dataclass(frozen=True, slots=True)
class Request:
    """One request: its bytes, the route that it counts for, and who wants its answer.

    ``answered`` says how it ended: ``ok``, ``refused`` (the domain says no), or ``error``.
    """

    route: str
    wire: bytes
    answered: Callable[[Answer], str]


@dataclass(slots=True)
class Measured:
    """What one phase showed, by route; latencies in milliseconds from the moment of being due."""

    seconds: float = 0.0
    offered: float = 0.0
    asked: int = 0
    latencies: dict[str, Histogram] = field(default_factory=dict)
    ended: dict[str, Counter[str]] = field(default_factory=dict)
    late: Histogram = field(default_factory=Histogram)

    @property
    def rate(self) -> float:
        """Requests a second that were sent."""
        return self.asked / self.seconds if self.seconds else 0.0

    @property
    def whole(self) -> Histogram:
        """The latencies of all routes."""
        whole = Histogram()
        for one in self.latencies.values():
            whole.add(one)
        return whole

    @property
    def p95_ms(self) -> float:
        """Milliseconds within which 95 of 100 answers came, of all routes."""
        return self.whole.percentile(95)

    @property
    def invalid(self) -> str:
        """Why it is worth nothing: the generator was the limit; empty where it was not."""
        if not self.asked:
            return f"no request was due, at {self.offered:g} requests/s: hold that rate for longer"
        late = self.late.percentile(99)
        if late > LATE_MS:
            return f"the generator was {late:.0f} ms late at one request in a hundred"
        if self.rate < LEAST_OFFERED * self.offered:
            return f"the generator sent {self.rate:,.4g} requests/s of {self.offered:,.4g}"
        return ""


def together(rounds: list[Measured]) -> Measured:
    """Return several rounds at one rate as one."""
    whole = Measured(offered=rounds[0].offered)
    for one in rounds:
        whole.seconds += one.seconds
        whole.asked += one.asked
        whole.late.add(one.late)
        for route, latencies in one.latencies.items():
            whole.latencies.setdefault(route, Histogram()).add(latencies)
            whole.ended.setdefault(route, Counter()).update(one.ended[route])
    return whole


class Load:
    """Asks one address at a rate.

    With think time the requests are those of so many users as make the rate, in turn: each asks
    once in that time, on a connection of its own that stays open. The moments stay the same, also
    where an answer is late: then its user opens another connection.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        tls: SSLContext | None = None,
        name: str | None = None,
        think_seconds: float = 0.0,
    ) -> None:
        """Ask ``host``, an address; with ``tls`` it has to show that it is ``name``."""
        self._host = host
        self._port = port
        self._tls = tls
        self._name = name if tls else None
        self._think_seconds = think_seconds
        self._idle: deque[Connection] = deque()
        self._of_users: dict[int, Connection] = {}
        self._all: set[Connection] = set()
        self._unanswered = 0

    @property
    def connections(self) -> frozenset[Connection]:
        """Those that it has, open or not."""
        return frozenset(self._all)

    async def run(self, requests: Iterator[Request], rate: float, seconds: float) -> Measured:
        """Send requests at a rate for so long, and wait for their answers.

        Args:
            requests: an endless supply.
            rate: requests a second.
            seconds: how long requests are due.
        """
        measured = Measured(offered=rate)
        total = round(rate * seconds)
        connecting: set[asyncio.Task[None]] = set()
        loop = asyncio.get_running_loop()
        left = total
        users = min(MOST_USERS, round(rate * self._think_seconds))
        done = loop.create_future()

        def ended() -> None:
            nonlocal left
            left -= 1
            self._unanswered -= 1
            if left == 0 and not done.done():
                done.set_result(None)

        start = time.perf_counter() + 0.05
        for number in range(total):
            due = start + number / rate
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            elif number % AT_ONCE == 0:
                await asyncio.sleep(0)
            measured.late.record(1000 * max(0.0, time.perf_counter() - due))
            request = next(requests)
            finish = self._finish(measured, request, due, ended)
            self._unanswered += 1
            user = number % users if users else None
            connection = self._free(user)
            if connection is not None:
                self._send(connection, request, finish)
            else:
                task = loop.create_task(self._connect(request, finish, user))
                connecting.add(task)
                task.add_done_callback(connecting.discard)
            measured.asked += 1
        measured.seconds = time.perf_counter() - start
        if total:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(done, ANSWER_SECONDS * 1.5)
        return measured

    async def close(self) -> None:
        """Close every connection, once what was sent is answered."""
        deadline = time.perf_counter() + ANSWER_SECONDS
        while self._unanswered > 0 and time.perf_counter() < deadline:  # noqa: ASYNC110 - briefly
            await asyncio.sleep(0.01)
        for connection in self._all:
            connection.close()
        self._all.clear()
        self._idle.clear()
        self._of_users.clear()
        await asyncio.sleep(0)  # in which the loop lets go of them

    def _free(self, user: int | None) -> Connection | None:
        if user is not None:
            connection = self._of_users.get(user)
            return connection if connection is not None and connection.free else None
        while self._idle:
            connection = self._idle.pop()
            if connection.open:
                return connection
            self._all.discard(connection)
        return None

    async def _connect(
        self, request: Request, finish: Callable[[Answer], None], user: int | None
    ) -> None:
        if len(self._all) >= MOST_CONNECTIONS:
            self._all = {one for one in self._all if one.open}
        if len(self._all) >= MOST_CONNECTIONS:
            finish(Answer(0))
            return
        free = self._idle.append if user is None else partial(self._back, user)
        try:
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: Connection(free),
                self._host,
                self._port,
                ssl=self._tls,
                server_hostname=self._name,
            )
        except OSError:
            finish(Answer(0))
            return
        except asyncio.CancelledError:
            finish(Answer(0))
            raise
        self._all.add(connection)
        if user is not None:
            self._take(user, connection)
        self._send(connection, request, finish)

    def _take(self, user: int, connection: Connection) -> None:
        """Make it the user's; an earlier one that is still waited for closes after its answer."""
        before, self._of_users[user] = self._of_users.get(user), connection
        if before is not None and (before.free or not before.open):
            self._back(user, before)

    def _back(self, user: int, connection: Connection) -> None:
        if self._of_users.get(user) is not connection:
            connection.close()
            self._all.discard(connection)

    def _send(
        self, connection: Connection, request: Request, finish: Callable[[Answer], None]
    ) -> None:
        # Who waits longer is not answered: the connection ends, and with it the request.
        timer = asyncio.get_running_loop().call_later(ANSWER_SECONDS, connection.close)

        def answered(answer: Answer) -> None:
            timer.cancel()
            finish(answer)

        connection.send(request.wire, answered)

    @staticmethod
    def _finish(
        measured: Measured, request: Request, due: float, ended: Callable[[], None]
    ) -> Callable[[Answer], None]:
        def finish(answer: Answer) -> None:
            milliseconds = 1000 * (time.perf_counter() - due)
            histogram = measured.latencies.setdefault(request.route, Histogram())
            histogram.record(milliseconds)
            how = request.answered(answer) if answer.status else "error"
            measured.ended.setdefault(request.route, Counter())[how] += 1
            ended()

        return finish
