"""How failed logins slow the next one down, by address and by client.

An attempt is counted before its password is looked at and given back when it was right, so that
attempts made at the same time cannot pass together. Who is told to wait is not counted: an
attacker who goes on cannot lengthen an owner's delay beyond the rule's longest.
"""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

IPV6_NETWORK_BITS: Final = 64  # one subscriber's smallest network (RFC 6177): one client


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleRule:
    """From the `free`th failure on each one makes the next wait, twice as long each time."""

    free: int
    first_delay: timedelta = timedelta(seconds=1)
    longest_delay: timedelta = timedelta(minutes=15)
    forgotten_after: timedelta = timedelta(hours=24)

    def delay(self, failures: int) -> timedelta:
        """How long to wait after that many failures."""
        if failures < self.free:
            return timedelta(0)
        doublings = min(failures - self.free, 20)  # a million times the first delay
        return min(self.first_delay * (1 << doublings), self.longest_delay)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleRules:
    """Many people may share a client's address, so a client may fail more often."""

    address: ThrottleRule = ThrottleRule(free=5)
    client: ThrottleRule = ThrottleRule(free=50)


@dataclass(kw_only=True, eq=False)
class Attempts:
    """The failed logins of one address or one client."""

    key: str
    failures: int = 0
    last_at: datetime | None = None
    blocked_until: datetime | None = None

    def wait(self, now: datetime) -> timedelta:
        """How long the next attempt has to wait; zero when it may come."""
        if self.blocked_until is None:
            return timedelta(0)
        return max(self.blocked_until - now, timedelta(0))

    def count(self, rule: ThrottleRule, now: datetime) -> None:
        """Count an attempt as failed."""
        if self.last_at is not None and now - self.last_at >= rule.forgotten_after:
            self.failures = 0
        self.failures += 1
        self.last_at = now
        delay = rule.delay(self.failures)
        self.blocked_until = now + delay if delay else None

    def give_back(self, rule: ThrottleRule) -> None:
        """Take one attempt back that was right after all."""
        self.failures = max(self.failures - 1, 0)
        if self.failures < rule.free:
            self.blocked_until = None

    def forget(self) -> None:
        """Start again from nothing."""
        self.failures = 0
        self.blocked_until = None


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
