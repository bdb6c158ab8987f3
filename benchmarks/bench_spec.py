"""How long a large spec takes to be read, beside loading YAML: 150 entities in 30 contexts.

The rivals load the same text as plain data: PyYAML in Python, and by libyaml.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

import yaml
from large_spec import large_spec
from measure import Timing, table

from blueprint_cli.spec.document import parse_document
from blueprint_cli.spec.reading import validate

if TYPE_CHECKING:
    from collections.abc import Callable

CONTEXTS = 30
ENTITIES = 150
RUNS = 11
# Seconds, in which a whole spec is to be read.
LIMIT = 0.5


def read(text: str) -> None:
    document = parse_document(text, "blueprint.yaml")
    validate(document.data, document)


def main() -> None:
    """Print the table."""
    text = large_spec(CONTEXTS, ENTITIES)
    ways: dict[str, Callable[[], object]] = {
        "reading the spec": lambda: read(text),
        "yaml.safe_load": lambda: yaml.safe_load(text),
        "yaml.load by libyaml": lambda: yaml.load(text, Loader=yaml.CSafeLoader),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(RUNS + 1):
        for name, way in ways.items():
            begun = time.perf_counter()
            way()
            if turn:
                seconds[name].append(time.perf_counter() - begun)
    timings = {
        name: Timing(statistics.median(taken), min(taken), max(taken))
        for name, taken in seconds.items()
    }
    title = f"A spec of {CONTEXTS} contexts with {ENTITIES} entities, {text.count(chr(10)):,} lines"
    print(table(title, timings, limit=0.5))
    median = timings["reading the spec"].median
    print(f"\n{median:.2f} s, at most {LIMIT} s: {'met' if median <= LIMIT else '**not met**'}.")


if __name__ == "__main__":
    main()
