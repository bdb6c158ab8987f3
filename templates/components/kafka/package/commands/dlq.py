"""`python -m kit_kafka.commands.dlq`: what could not be handled, why, and once more.

list            the dead letters of every group, oldest first
inspect NAME    one of them with its headers and bytes; NAME is GROUP/NUMBER as listed
replay NAME …   try again, for the group that failed; GROUP alone means all of them
"""

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import Sequence
from typing import Any

from confluent_kafka.admin import AdminClient

from kit.commands import BAD_INPUT, Expected, run
from kit.settings import load
from kit_kafka.dead_letters import DeadLetter, read, replay
from kit_kafka.producer import EventProducer
from kit_kafka.settings import KafkaSettings
from kit_kafka.topics import DEAD_LETTERS
from kit_kafka.trouble import UNREACHABLE

EXPECTED: Expected = {
    **UNREACHABLE,
    LookupError: (BAD_INPUT, lambda error: str(error.args[0])),
}
_SECONDS = 5


def groups(config: dict[str, Any]) -> list[str]:
    """The groups that have a dead-letter topic. Raises KafkaException."""
    topics = AdminClient(config).list_topics(timeout=_SECONDS).topics
    return sorted(name.removesuffix(DEAD_LETTERS) for name in topics if name.endswith(DEAD_LETTERS))


def chosen(config: dict[str, Any], names: Sequence[str]) -> list[DeadLetter]:
    """The dead letters of these names; raises LookupError for one that is not there."""
    found: list[DeadLetter] = []
    for name in names:
        group, _, number = name.partition("/")
        letters = read(config, group) if group in groups(config) else []
        matching = [each for each in letters if not number or str(each.number) == number]
        if not matching:
            raise LookupError(f"no dead letter {name}; `make dlq` lists them")
        found += matching
    return found


def line(letter: DeadLetter) -> str:
    """One of the list."""
    kind = letter.record.headers.get("ce_type", "-")
    return (
        f"{letter.group}/{letter.number}  {letter.at:%Y-%m-%d %H:%M:%S}  {letter.reason}  {kind}"
        f"  {letter.record.place}  {letter.error}"
    )


def whole(letter: DeadLetter) -> str:
    """Everything about one."""
    value = letter.record.value.decode("utf-8", "replace")
    with contextlib.suppress(ValueError):
        value = json.dumps(json.loads(value), indent=2, ensure_ascii=False)
    headers = "\n".join(f"  {name}: {text}" for name, text in letter.record.headers.items())
    key = letter.record.key.decode("utf-8", "replace")
    return f"{line(letter)}\nattempts: {letter.attempts}\nkey: {key}\nheaders:\n{headers}\n{value}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say."""
    parser = argparse.ArgumentParser(
        prog="python -m kit_kafka.commands.dlq",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", nargs="?", default="list", choices=["list", "inspect", "replay"])
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args(arguments)
    if options.command != "list" and not options.names:
        parser.error(f"{options.command} needs a NAME")
    return run(lambda: _run(load(KafkaSettings), options.command, options.names), EXPECTED)


def _run(settings: KafkaSettings, command: str, names: Sequence[str]) -> int:
    config = settings.kafka_client("dlq")
    if command == "list":
        letters = [each for group in names or groups(config) for each in read(config, group)]
        print("\n".join(map(line, letters)) or "no dead letters")
        return 0
    letters = chosen(config, names)
    if command == "inspect":
        print("\n\n".join(map(whole, letters)))
        return 0
    asyncio.run(_replay(settings, letters))
    print(f"{len(letters)} to be tried again")
    return 0


async def _replay(settings: KafkaSettings, letters: Sequence[DeadLetter]) -> None:
    producer = EventProducer(settings)
    try:
        await replay(producer, letters)
    finally:
        await producer.close()


if __name__ == "__main__":
    sys.exit(main())
