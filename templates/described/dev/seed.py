"""`make seed`: puts the rows of tests/examples.py into what `make dev` runs.

They are made over the API, by users of its own. A row that was made in the last days stays; what is
refused is said, and what refers to it is left out.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx

from dev.exclusive import number_of
from kit.commands import BAD_INPUT, UNAVAILABLE, run
from tests.examples import USERS, Example, Row, User, examples

PASSWORD: Final = "some unusual words"  # noqa: S105 - of users that are there to try things
# Other contexts hear of a row a little later.
TRIES: Final = 10


class Seeding:
    """What is made so far, and who is logged in."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._users: dict[str, tuple[str, str]] = {}
        self._rows: dict[str, str] = {}

    def make(self, example: Example, noon: datetime) -> str:
        """Make a row; returns why it was refused, or nothing."""
        try:
            body = self._filled(example.body)
        except KeyError as missing:
            return f"{missing.args[0]} is not there"
        token, _ = self._user(example.by)
        headers = {
            "Authorization": f"Bearer {token}",
            "Idempotency-Key": f"seed {noon:%Y-%m-%d} {example.name}",
        }
        answer = self._client.post(example.path, json=body, headers=headers)
        for _ in range(TRIES if _refers(example.body) else 0):
            if answer.is_success:
                break
            time.sleep(0.5)
            answer = self._client.post(example.path, json=body, headers=headers)
        if not answer.is_success:
            return f"{answer.status_code} {answer.json().get('code', '')}"
        self._rows[example.name] = answer.json()["id"]
        return ""

    def _filled(self, value: Any) -> Any:
        if isinstance(value, Row):
            return self._rows[value.name]
        if isinstance(value, dict):
            return {name: self._filled(part) for name, part in value.items()}
        if isinstance(value, list):
            return [self._filled(item) for item in value]
        return self._user(value.name)[1] if isinstance(value, User) else value

    def _user(self, name: str) -> tuple[str, str]:
        """A user's token and id."""
        if name not in self._users:
            login = {"email": f"{name}@example.org", "password": PASSWORD}
            if USERS[name] == "user":
                self._client.post("/v1/auth/register", json=login | {"name": name})
            else:
                _give_role(login["email"], USERS[name])
            tokens = self._client.post("/v1/auth/login", json=login).raise_for_status().json()
            headers = {"Authorization": f"Bearer {tokens['access_token']}"}
            me = self._client.get("/v1/auth/me", headers=headers).raise_for_status().json()
            self._users[name] = tokens["access_token"], me["id"]
        return self._users[name]


def _refers(value: Any) -> bool:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return isinstance(value, Row) or any(map(_refers, parts))


def _give_role(email: str, role: str) -> None:
    admin = (sys.executable, "-m", "identity.commands", "admin", email, "--role", role)
    environment = os.environ | {"PASSWORD": PASSWORD}
    subprocess.run(admin, env=environment, check=True, stdout=subprocess.DEVNULL)


def last_monday(now: datetime) -> datetime:
    """Noon of the last Monday, in UTC."""
    noon = now.replace(hour=12, minute=0, second=0, microsecond=0)
    noon -= timedelta(days=noon.weekday())
    return noon if noon <= now else noon - timedelta(days=7)


def _seed() -> int:
    base = f"http://{os.environ.get('HOST') or '127.0.0.1'}:{number_of('PORT', 8000)}"
    noon = last_monday(datetime.now(UTC))
    with httpx.Client(base_url=base, trust_env=False, timeout=10) as client:
        client.get("/v1/auth/me")  # before any user is made
        refused = list(_refusals(Seeding(client), noon))
    for line in refused:
        print(line)
    print(f"{len(examples(noon)) - len(refused)} of {len(examples(noon))} rows are there.")
    return BAD_INPUT if refused else 0


def _refusals(seeding: Seeding, noon: datetime) -> Iterator[str]:
    for example in examples(noon):
        if refused := seeding.make(example, noon):
            yield f"{example.name}: {refused}"


def main() -> int:
    """Make the rows; the exit code."""
    unavailable = (UNAVAILABLE, lambda error: f"{error}; the rows go into what `make dev` runs")
    return run(_seed, {httpx.TransportError: unavailable})


if __name__ == "__main__":
    sys.exit(main())
