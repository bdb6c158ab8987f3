"""How failed logins slow the next one down, by address and by client.

An attempt is counted before its password is looked at and given back when it was right, so that
attempts made at the same time cannot pass together, and right ones leave no trace. What is
answered with a wait is not counted: an attacker who goes on cannot lengthen an owner's delay
beyond the rule's longest.
"""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

CLOCK_SKEW: Final = timedelta(seconds=30)
"""By which the clocks of our processes may differ; whose clock is further back stepped back."""
IPV6_NETWORK_BITS: Final = 64  # one subscriber's smallest network (RFC 6177): one client


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleRule:
    """From the `free`th failure on each one makes the next wait, twice as long each time.

    One failure is forgotten every `longest_delay`, however many follow: who waited that long has
    no more failures than before. So no time T ever sees more than `free` failures, one for each
    doubling up to the longest delay, and T / `longest_delay`.
    """

    free: int
    first_delay: timedelta = timedelta(seconds=1)
    longest_delay: timedelta = timedelta(minutes=15)

    def delay(self, failures: int) -> timedelta:
        """How long to wait after that many failures."""
        if failures < self.free:
            return timedelta(0)
        doublings = min(failures - self.free, 20)  # a million times the first delay
        return min(self.first_delay * (1 << doublings), self.longest_delay)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleRules:
    """By default an address is guessed at 19 times in an hour and 111 times in a day at most.

    OWASP ASVS 4.0.3 (2.2.1) allows a hundred in an hour. After a hundred in a row NIST SP 800-63B
    (5.2.2) would have it locked; it is not, because anybody could lock out its owner.

    A client may be a whole office behind one address, so it may fail ten times as often at once,
    and once a minute for good: 1496 times in a day at most, whatever addresses it tries.
    """

    address: ThrottleRule = ThrottleRule(free=5)
    client: ThrottleRule = ThrottleRule(free=50, longest_delay=timedelta(minutes=1))


@dataclass(kw_only=True, eq=False)
class Attempts:
    """The failed logins of one address or one client.

    `forgotten_at` is when the last of them will be forgotten, which says how many there are;
    `seen_at` is the latest time that an attempt was made at.
    """

    key: str
    forgotten_at: datetime | None = None
    last_at: datetime | None = None
    seen_at: datetime | None = None

    def follow(self, now: datetime) -> None:
        """Step back with the clock where it stepped back: nobody waits for a time to come again."""
        step = (self.seen_at or now) - now
        if step <= CLOCK_SKEW:
            self.seen_at = max(self.seen_at or now, now)
            return
        self.seen_at = now
        if self.forgotten_at is not None:
            self.forgotten_at -= step
        if self.last_at is not None:
            self.last_at -= step

    def failures(self, rule: ThrottleRule, now: datetime) -> int:
        """How many are not forgotten yet."""
        if self.forgotten_at is None:
            return 0
        return max(-((now - self.forgotten_at) // rule.longest_delay), 0)

    def wait(self, rule: ThrottleRule, now: datetime) -> timedelta:
        """How long the next attempt has to wait; zero when it may come."""
        if self.last_at is None:
            return timedelta(0)
        delay = rule.delay(self.failures(rule, self.last_at))
        return max(min(self.last_at + delay - now, delay), timedelta(0))

    def count(self, rule: ThrottleRule, now: datetime) -> None:
        """Count an attempt, that may come, as failed."""
        self.forgotten_at = max(self.forgotten_at or now, now) + rule.longest_delay
        self.last_at = now

    def give_back(self, rule: ThrottleRule, counted_at: datetime) -> None:
        """Take back the attempt that was counted then: it was right after all."""
        if self.forgotten_at is not None:
            self.forgotten_at -= rule.longest_delay
        if self.last_at == counted_at:  # it might come, so nobody had to wait before it
            self.last_at = None

    def forget(self) -> None:
        """Start again from nothing."""
        self.forgotten_at = None
        self.last_at = None


def address_key(email_key: str) -> str:
    """The key of an e-mail address: no address that somebody tried is kept readable."""
    return "address:" + _digest(email_key)


def client_key(client: str) -> str:
    """The key of a client's IP address; all of one IPv6 /64 count as one client."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return "client:" + _digest(client)
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return "client:" + _digest(str(address.ipv4_mapped))
        network = ipaddress.IPv6Network((int(address), IPV6_NETWORK_BITS), strict=False)
        return "client:" + _digest(str(network))
    return "client:" + _digest(str(address))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
