"""Run by a project's Python: make users and rights at the brokers, as Strimzi's operator does.

`users.py SERVERS PASSWORD`, with Strimzi's users as JSON on stdin.
"""

import json
import re
import sys
from collections.abc import Iterator
from typing import Any

from confluent_kafka.admin import (  # type: ignore[import-not-found]  # in projects alone
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

PATTERNS = {"literal": ResourcePatternType.LITERAL, "prefix": ResourcePatternType.PREFIXED}


def rights(user: dict[str, Any]) -> Iterator[AclBinding]:
    for acl in user["spec"]["authorization"]["acls"]:
        resource = acl["resource"]
        for operation in acl["operations"]:
            yield AclBinding(
                ResourceType[resource["type"].upper()],
                resource["name"],
                PATTERNS[resource.get("patternType", "literal")],
                f"User:{user['metadata']['name']}",
                "*",
                AclOperation[re.sub(r"(?<!^)(?=[A-Z])", "_", operation).upper()],
                AclPermissionType.ALLOW,
            )


def main() -> None:
    servers, password = sys.argv[1:]
    users = json.load(sys.stdin)
    admin = AdminClient({"bootstrap.servers": servers})
    how = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    logins = [
        UserScramCredentialUpsertion(user["metadata"]["name"], how, password.encode())
        for user in users
    ]
    known = admin.alter_user_scram_credentials(logins)
    may = admin.create_acls([right for user in users for right in rights(user)])
    for outcome in (*known.values(), *may.values()):
        outcome.result()


main()
