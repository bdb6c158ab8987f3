"""Events that are published under former names and versions, too, in all three patterns."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from blueprint_cli.patterns import PATTERNS
from blueprint_cli.spec.model import Spec
from blueprint_cli.templates.builtin import find_template
from blueprint_cli.tree import Tree, write_tree
from tests.templates.test_reactions_of_contexts import STUBS, code, text

CONTEXTS: dict[str, Any] = {
    "titles": {
        "entities": {
            "Item": {
                "was": "Copy",
                "fields": {"label": "text(4..20) was(barcode)", "shelf": "int = 1"},
                "commands": {
                    "create": {
                        "former": {
                            "ItemCreated.v1": {"barcode": "label", "shelf": None},
                            "CopyCreated.v1": {"barcode": "label", "shelf": None},
                        },
                        "emits": "ItemCreated.v2",
                    },
                    "delete": {"former": {"CopyDeleted.v1": {}}},
                },
            },
        },
    },
    "lending": {
        "entities": {
            "Loan": {
                "fields": {
                    "item": "ref titles.Item once was(copy)",
                    "reader": "ref identity.User once was(member)",
                },
                "commands": {
                    "create": {
                        "takes": ["item", "reader"],
                        "needs": {"no_such_item": "known(item)"},
                        "by": "user",
                        "emits": "CopyLent.v2",
                        "former": {"CopyLent.v1": {"copy": "item", "member": "reader"}},
                    }
                },
            },
            "Task": {
                "fields": {"item": "ref titles.Item once"},
                "commands": {"create": {"by": "system"}},
            },
        },
        "reactions": [
            {
                "when": "lending.CopyLent.v2",
                "needs": "reader is not None",
                "do": "Task.create",
                "with": {"item": "item"},
            },
            {"when": "titles.ItemCreated.v2", "do": "Task.create", "with": {"item": "id"}},
        ],
    },
    "notifications": {
        "reactions": [
            {"when": "lending.CopyLent.v2", "do": "email", "to": "reader", "text": "lent"},
        ],
    },
}
PUBLISH = """
from uuid import UUID
from titles.adapters.publishing import to_contract, to_former
from titles.domain.events import ItemCreated

made = ItemCreated(id=UUID(int=1), version=1, at=None, label="A-1", shelf=2)
for one in (to_contract(made), *to_former(made)):
    names = [name for name in one.__slots__ if name in ("label", "barcode", "shelf")]
    print(one.TYPE, {name: getattr(one, name) for name in names})
"""
REACT = """
import asyncio
from uuid import UUID
from contracts.lending_v1 import CopyLent, CopyLentV2
from contracts.titles_v1 import CopyCreated
from kit.reactions import Reactions
from lending.entrypoints.messages import subscribe
from lending.entrypoints.statuses import STATUSES

async def create_task(cause, new):
    print(cause.reaction, cause.about.int, cause.version, new.item.int)

class Bus:
    handlers = {}
    def subscribe(self, consumer, event, handler):
        self.handlers[event] = handler

subscribe(Bus(), Reactions("lending", STATUSES), create_task)
given = {"id": UUID(int=1), "version": 1, "at": None}
events = [
    CopyLentV2(item=UUID(int=2), reader=UUID(int=3), **given),
    CopyLent(copy=UUID(int=2), member=UUID(int=3), **given),
    CopyCreated(barcode="A-1", **given),
]
for event in events:
    asyncio.run(Bus.handlers[type(event)]([event]))
"""
NOTIFY = """
import asyncio
from types import SimpleNamespace
from uuid import UUID
from contracts.lending_v1 import CopyLent
from notifications.entrypoints.messages import NotificationMessages

class Service:
    async def notify(self, notices):
        for one in notices:
            print(one.text, one.user_id.int, one.about.int, one.version, one.data["item"].int)

event = CopyLent(id=UUID(int=1), version=1, at=None, copy=UUID(int=2), member=UUID(int=3))
asyncio.run(NotificationMessages(Service()).copy_lent([event]))
"""


@pytest.fixture(scope="module")
def trees() -> dict[str, Tree]:
    """The project in each pattern."""
    described = {
        "blueprint": 1,
        "project": {"name": "library"},
        "contexts": {"identity": {}, **CONTEXTS},
    }
    return {
        pattern: find_template(pattern)
        .render(Spec.model_validate({**described, "pattern": pattern}))
        .tree
        for pattern in PATTERNS
    }


def ran(trees: dict[str, Tree], folder: Path, program: str) -> list[str]:
    """What a program prints that runs on the rendered code, with stubs of what stands below it."""
    needed = ("src/titles/", "src/lending/", "src/notifications/", "src/contracts/")
    files = {
        path.removeprefix("src/"): file
        for path, file in trees["monolith"].items()
        if path.startswith(needed) or path == "src/kit/reactions.py"
    }
    write_tree(Tree(files), folder / "src")
    stubs = STUBS | {
        "kit/clock.py": "def utc_now(): return None\n",
        "kit/messages.py": "class ContractEvent: pass\n",
    }
    for path, content in stubs.items():
        (folder / "src" / path).write_text(content, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder / "src",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_an_event_is_published_under_each_name_and_version(
    trees: dict[str, Tree], tmp_path: Path
) -> None:
    assert ran(trees, tmp_path, PUBLISH) == [
        "titles.ItemCreated.v2 {'label': 'A-1', 'shelf': 2}",
        "titles.ItemCreated.v1 {'barcode': 'A-1'}",
        "titles.CopyCreated.v1 {'barcode': 'A-1'}",
    ]


def test_a_reaction_is_one_for_all_names_and_versions(
    trees: dict[str, Tree], tmp_path: Path
) -> None:
    assert ran(trees, tmp_path, REACT) == [
        *(["Task.create after lending.CopyLent 1 1 2"] * 2),
        "Task.create after titles.ItemCreated 1 1 1",
    ]


def test_an_email_is_written_of_the_keys_of_today(trees: dict[str, Tree], tmp_path: Path) -> None:
    assert ran(trees, tmp_path, NOTIFY) == ["lent 3 1 1 2"]


def test_the_domain_knows_no_versions(trees: dict[str, Tree]) -> None:
    events = code(trees, "monolith", "titles")["domain/events.py"].decode()
    assert "class ItemCreated:" in events
    assert "Copy" not in events
    assert "V2" not in events


@pytest.mark.parametrize("context", ["titles", "lending"])
def test_it_is_the_same_in_every_pattern(trees: dict[str, Tree], context: str) -> None:
    shared = ("domain/", "application/", "entrypoints/", "adapters/publishing.py")
    first, *others = (
        {
            path: content
            for path, content in code(trees, pattern, context).items()
            if path.startswith(shared)
        }
        for pattern in PATTERNS
    )
    assert all(first == one for one in others)


def test_all_of_them_are_in_the_topic_in_the_schemas_and_in_asyncapi(
    trees: dict[str, Tree],
) -> None:
    types = {
        f"titles.{name}"
        for name in ("ItemCreated.v2", "ItemCreated.v1", "CopyCreated.v1", "ItemDeleted.v1")
    }
    tree = trees["event-driven"]
    channels = json.loads(tree["docs/asyncapi.json"].content)["channels"]
    assert types | {"titles.CopyDeleted.v1"} == set(channels["titles.copies"]["messages"])
    schema = json.loads(tree["contracts/events/titles.CopyCreated.v1.json"].content)
    assert schema["required"] == ["id", "version", "at", "barcode"]


def test_what_is_known_of_rows_follows_every_name_and_version(trees: dict[str, Tree]) -> None:
    path = "services/lending/src/lending/adapters/titles_by_events.py"
    copies = text(trees, "event-driven", path)
    for event in ("ItemCreatedV2", "ItemCreated", "CopyCreated"):
        assert f"            titles_v1.{event},\n" in copies
    gone = copies.partition("gone=(")[2].partition(")")[0]
    assert gone.split() == ["titles_v1.ItemDeleted,", "titles_v1.CopyDeleted,"]


def test_services_tell_each_other_every_name_and_version(trees: dict[str, Tree]) -> None:
    path = "services/lending/src/lending_service/composition.py"
    told = text(trees, "microservices", path)
    assert "{notifications_client: (lending_v1.CopyLentV2, lending_v1.CopyLent)}" in told
    assert "(titles_v1.ItemCreatedV2, titles_v1.ItemCreated, titles_v1.CopyCreated)" in told


def test_the_document_tells_of_what_is_published_for_older_readers(
    trees: dict[str, Tree],
) -> None:
    document = text(trees, "monolith", "docs/domain.md")
    assert (
        "`ItemCreated.v2`, and `ItemCreated.v1` and `CopyCreated.v1` for older readers" in document
    )
