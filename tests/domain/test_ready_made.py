"""What described contexts know of ready-made ones is what these publish."""

import ast
import re
from pathlib import Path

from blueprint_cli.domain import ready_made

TEMPLATES = Path(__file__).parents[2] / "templates" / "contexts"
EVENT = re.compile(r'TYPE: ClassVar\[str\] = "(?P<context>\w+)\.[\w-]+\.v(?P<version>\d+)"')


def published() -> dict[str, dict[str, str]]:
    """Keys and their types of every event of the shop's contracts, by context and name."""
    found: dict[str, dict[str, str]] = {}
    for path in TEMPLATES.glob("*/contracts/*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            text = ast.unparse(node).replace("'", '"')
            event = EVENT.search(text)
            if isinstance(node, ast.ClassDef) and event:
                found[f"{event['context']}.{node.name}"] = {
                    one.target.id: ast.unparse(one.annotation)
                    for one in node.body
                    if isinstance(one, ast.AnnAssign)
                    and isinstance(one.target, ast.Name)
                    and one.target.id != "TYPE"
                }
    return found


KINDS = {
    "ref": "UUID",
    "datetime": "datetime",
    "int": "int",
    "text": "str",
    "email": "str",
    "enum": "RejectionReason",
    "list": "tuple[OrderedLine, ...]",
}


def test_the_events_have_the_keys_of_their_contracts() -> None:
    contracts = published()
    for event in ready_made.EVENTS:
        keys = {one.name: KINDS[one.type.kind] for one in event.fields}
        assert contracts[f"{event.context}.{event.name.name}"] == keys


def test_every_entity_is_of_a_ready_made_context() -> None:
    assert set(ready_made.ENTITIES) == set(ready_made.CONTEXTS)
    for event in ready_made.EVENTS:
        assert event.entity in ready_made.ENTITIES[event.context]
