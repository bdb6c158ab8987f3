"""`python -m kit_kafka.commands.contracts`: the events' JSON Schemas in `contracts/events`.

write                 what the code says, unless that breaks a published version
check                 compare the code with the files
check --against REF   compare with a git revision too, for a pull request
"""

import argparse
import sys
from pathlib import Path

from kit_kafka import schemas

FOLDER = Path("contracts/events")


def main(arguments: list[str] | None = None) -> int:
    """Do what the arguments say; 1 when something is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m kit_kafka.commands.contracts",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=["write", "check"])
    parser.add_argument("--against", metavar="REF", help="a git revision that is published")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    options = parser.parse_args(arguments)
    if options.command == "write":
        found = schemas.write(options.folder)
    else:
        found = schemas.check(options.folder, options.against)
    for complaint in found:
        print(f"error: {complaint}", file=sys.stderr)
    if found and options.command == "write":
        print("A published version never changes: make the next one, .v2.", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
