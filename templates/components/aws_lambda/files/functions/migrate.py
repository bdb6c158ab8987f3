"""Migrates when CloudFormation deploys a release: `python -m functions.migrate app:CONTEXTS`.

The functions of the release wait for it, and a migration that fails ends the deployment: what ran
before goes on. A stack that is deleted leaves its database as it is.
"""

import json
import subprocess
import sys
import urllib.request
from typing import Any

from functions.runtime import Event, serve

_ID = "migrations"


def migrated(contexts: str) -> tuple[bool, str]:
    """Whether it went well, and what was said last."""
    command = [sys.executable, "-m", "kit.migrate", contexts]
    done = subprocess.run(  # noqa: S603 - of the image's own
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    print(done.stdout, end="", flush=True)  # noqa: T201 - its log
    said = done.stdout.strip().splitlines() or [""]
    return done.returncode == 0, said[-1]


def tell(event: Event, *, done: bool, reason: str) -> None:
    """Answer CloudFormation, which waits at an address of its own."""
    body: dict[str, Any] = {
        name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")
    }
    body |= {"Status": "SUCCESS" if done else "FAILED", "Reason": reason or "see the log"}
    body["PhysicalResourceId"] = _ID
    request = urllib.request.Request(  # noqa: S310 - CloudFormation's
        event["ResponseURL"], json.dumps(body).encode(), {"content-type": ""}, method="PUT"
    )
    with urllib.request.urlopen(request, timeout=30):  # noqa: S310 - the same
        pass


def main(contexts: str) -> None:
    """Migrate when told to."""

    def handle(event: Event) -> object:
        done, reason = (
            (True, "kept") if event.get("RequestType") == "Delete" else migrated(contexts)
        )
        if "ResponseURL" in event:
            tell(event, done=done, reason=reason)
        return {"migrated": done, "reason": reason}

    serve(handle)


if __name__ == "__main__":
    main(sys.argv[1])
