"""Reactions of described contexts, and rows that they know of others, in all three patterns."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from blueprint_cli.patterns import PATTERNS
from blueprint_cli.spec.model import Spec
from blueprint_cli.templates.builtin import find_template
from blueprint_cli.tree import Tree, write_tree

STAFF = {"read": "admin", "create": "admin", "update": "admin", "delete": "admin"}
CONTEXTS: dict[str, Any] = {
    "titles": {
        "types": {"Kind": ["book", "film"]},
        "entities": {
            "Copy": {
                "fields": {"barcode": "text(4..20) once", "kind": "Kind"},
                "access": STAFF,
            },
        },
    },
    "lending": {
        "types": {"Kind": ["book", "film"]},
        "entities": {
            "Loan": {
                "fields": {"copy": "ref titles.Copy once", "member": "ref identity.User once"},
                "states": ["out", "lost"],
                "commands": {
                    "create": {
                        "takes": ["copy", "member"],
                        "needs": {
                            "no_such_copy": "known(copy)",
                            "no_such_member": "known(member)",
                        },
                        "by": "user",
                        "emits": "CopyLent",
                    },
                    "lose": {"from": "out", "to": "lost", "by": "user", "emits": "CopyLost"},
                },
            },
            "Fine": {
                "fields": {"loan": "ref Loan once", "cents": "int(1..100)", "kind": "Kind"},
                "commands": {
                    "create": {
                        "takes": ["loan", "cents", "kind"],
                        "by": "system",
                        "emits": "Fined",
                    },
                    "update": {"takes": ["cents"], "by": ["admin", "system"]},
                },
            },
        },
        "reactions": [
            {
                "when": "lending.CopyLost",
                "needs": "version > 1",
                "do": "Fine.create",
                "with": {"loan": "id", "cents": "version * 30", "kind": "'book'"},
            },
        ],
    },
    "notifications": {
        "reactions": [
            {"when": "lending.CopyLent", "do": "email", "to": "member", "text": "lent"},
        ],
    },
}
RUN = """
import asyncio
from uuid import UUID
from contracts.lending_v1 import CopyLost
from kit.reactions import Reactions
from lending.domain.errors import RefusedError, UnavailableError
from lending.entrypoints.messages import subscribe
from lending.entrypoints.statuses import STATUSES

class CreateFine:
    def __init__(self, error=None):
        self.error = error
    async def __call__(self, cause, new):
        print(cause.reaction, cause.about.int, cause.version, new.cents, new.kind.name)
        if self.error:
            raise self.error

class Bus:
    def subscribe(self, consumer, event, handler):
        self.found = consumer, event, handler

def run(reactions, create_fine, *versions):
    bus = Bus()
    subscribe(bus, reactions, create_fine)
    consumer, event, handler = bus.found
    assert (consumer, event) == ("lending", CopyLost)
    fields = {"status": "lost", "at": None, "copy": UUID(int=2), "member": UUID(int=3)}
    asyncio.run(handler([CopyLost(id=UUID(int=1), version=one, **fields) for one in versions]))

reactions = Reactions("lending", STATUSES)
run(reactions, CreateFine(), 1, 2)
run(reactions, CreateFine(RefusedError("too_late")), 3)
try:
    run(reactions, CreateFine(UnavailableError()), 4)
except UnavailableError:
    print("tried again")
print(Counter.counted)
"""
STUBS = {
    "structlog.py": (
        "class Log:\n    def warning(self, *_, **given): pass\ndef get_logger(): return Log()\n"
    ),
    "prometheus_client.py": (
        "class Counter:\n    counted = []\n"
        "    def __init__(self, name, *_, **given): self.name = name\n"
        "    def labels(self, *values):\n        self.counted.append((self.name, *values))\n"
        "        return self\n    def inc(self): pass\n"
    ),
    "kit/__init__.py": "",
    "kit/bus.py": "class Bus: pass\n",
    "kit/metrics.py": "class Metrics: pass\n",
}


@pytest.fixture(scope="module")
def trees() -> dict[str, Tree]:
    """The project in each pattern."""
    contexts = {"identity": {}, **CONTEXTS}
    return {
        pattern: find_template(pattern)
        .render(
            Spec.model_validate(
                {
                    "blueprint": 1,
                    "project": {"name": "library"},
                    "pattern": pattern,
                    "contexts": contexts,
                }
            )
        )
        .tree
        for pattern in PATTERNS
    }


def code(trees: dict[str, Tree], pattern: str, context: str) -> dict[str, bytes]:
    """A context's files by their path in its package."""
    place = f"src/{context}/" if pattern == "monolith" else f"services/{context}/src/{context}/"
    return {
        path.removeprefix(place): file.content
        for path, file in trees[pattern].items()
        if path.startswith(place)
    }


def text(trees: dict[str, Tree], pattern: str, path: str) -> str:
    return trees[pattern][path].content.decode()


@pytest.mark.parametrize("context", ["titles", "lending"])
def test_what_a_context_does_is_the_same_in_every_pattern(
    trees: dict[str, Tree], context: str
) -> None:
    patterns = [
        {
            path: content
            for path, content in code(trees, pattern, context).items()
            if not path.startswith("adapters/")
        }
        for pattern in PATTERNS
    ]
    assert any(path.startswith("domain/") for path in patterns[0])
    assert patterns[0] == patterns[1] == patterns[2]


def test_a_reaction_runs_its_command_is_refused_or_tried_again(
    trees: dict[str, Tree], tmp_path: Path
) -> None:
    needed = ("src/lending/", "src/contracts/lending_v1.py", "src/kit/reactions.py")
    files = {
        path.removeprefix("src/"): file
        for path, file in trees["monolith"].items()
        if path.startswith(needed)
    }
    write_tree(Tree(files), tmp_path / "src")
    for path, content in STUBS.items():
        file = tmp_path / "src" / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(content, encoding="utf-8")
    clock = tmp_path / "src" / "kit" / "clock.py"
    clock.write_text("def utc_now(): return None\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", "from prometheus_client import Counter\n" + RUN],
        cwd=tmp_path / "src",
        env={"PYTHONPATH": str(tmp_path / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "Fine.create after lending.CopyLost 1 2 60 BOOK",
        "Fine.create after lending.CopyLost 1 3 90 BOOK",
        "Fine.create after lending.CopyLost 1 4 120 BOOK",
        "tried again",
        "[('lending_reactions_refused', 'Fine.create after lending.CopyLost', 'too_late')]",
    ]


def test_what_an_event_gives_is_held_to_the_fields_range(trees: dict[str, Tree]) -> None:
    created = code(trees, "monolith", "lending")["application/fine/create.py"].decode()
    assert "if not 1 <= new.cents <= 100:\n            raise InvalidError(" in created
    assert "if not await work.first(cause):\n                return" in created


def test_what_no_reaction_runs_needs_no_cause(trees: dict[str, Tree]) -> None:
    updated = code(trees, "monolith", "lending")["application/fine/update.py"].decode()
    assert "async def __call__(" in updated
    assert "Cause" not in updated


def test_who_asks_for_rows_is_wired_with_whom_it_asks(trees: dict[str, Tree]) -> None:
    app = text(trees, "monolith", "src/app/composition.py")
    assert "TitlesForLending(titles.facade)" in app
    assert "IdentityForLending(identity.facade)" in app
    lending = "services/lending/src/lending_service/composition.py"
    service = text(trees, "microservices", lending)
    assert "TitlesOverHttp(titles_client)" in service
    assert "IdentityOverHttp(identity_client)" in service
    assert service.count("identity_url") == 1
    owner = text(trees, "microservices", "services/titles/src/titles_service/composition.py")
    assert 'known_router("copies", wired.facade.known_copies, peers.only("lending"))' in owner
    events = text(trees, "event-driven", lending)
    assert "known_in_titles.known_copies, known_in_identity.known_users" in events
    for event in ("identity_v1.UserRegistered", "titles_v1.CopyChanged", "lending_v1.CopyLost"):
        assert event in events


def test_a_service_tells_itself_nothing_over_http(trees: dict[str, Tree]) -> None:
    path = "services/lending/src/lending_service/composition.py"
    service = text(trees, "microservices", path)
    assert "CopyLost" not in service
    assert "lending_url" not in service
    assert "{notifications_client: (lending_v1.CopyLent,)}" in service


def test_rows_that_others_ask_for_are_kept_in_a_topic(trees: dict[str, Tree]) -> None:
    topics = text(trees, "event-driven", "libs/kit/src/kit_kafka/topics.py")
    assert '"lending.CopyLost.v1": Topic(name="lending.loans"),' in topics
    kept = topics.partition('"titles.CopyDeleted.v1": Topic(')[2].partition(")")[0]
    assert 'name="titles.copies", compacted=True' in kept


def test_a_ring_of_questions_is_wired() -> None:
    contexts: dict[str, Any] = {name: {} for name in ("identity", "notifications")} | {
        one: {
            "entities": {
                "Thing": {
                    "fields": {"other": f"ref {other}.Thing optional"},
                    "commands": {
                        "create": {
                            "takes": ["other"],
                            "needs": {"missing": "other is None or known(other)"},
                        }
                    },
                }
            }
        }
        for one, other in (("left", "right"), ("right", "left"))
    }
    spec = Spec.model_validate(
        {
            "blueprint": 1,
            "project": {"name": "ring"},
            "pattern": "monolith",
            "contexts": contexts,
        }
    )
    app = find_template("monolith").render(spec).tree["src/app/composition.py"].content.decode()
    assert "(facade_of_left(foundation))" in app or "(facade_of_right(foundation))" in app
    assert "(left.facade)" in app or "(right.facade)" in app
