"""`make dev`: PostgreSQL, every service with reload and the gateway, in the foreground.

Environment: PORT (8000) and HOST (127.0.0.1) of the gateway; DATABASE_URL, a server on which the
services' databases are made (without it: the embedded PostgreSQL); RELOAD=0 for no reload;
GATEWAY_RATE (3000) and GATEWAY_CONNECTIONS (100), which the gateway grants one client.
"""

import asyncio
import os
import sys
import time

from dev.database import STATE, embedded, require_given
from dev.exclusive import InUseError, PortTakenError, number_of, own, require_free_port
from dev.first_steps import announcement
from dev.gateway import GatewayError
from dev.postgres import PostgresError
from dev.processes import Output, ProcessError, Supervisor, complain
from dev.stack import Stack


def main() -> int:
    began = time.monotonic()
    output = Output(1)
    host, port = os.environ.get("HOST") or "127.0.0.1", number_of("PORT", 8000)
    postgres = None if os.environ.get("DATABASE_URL") else embedded()
    reload = os.environ.get("RELOAD", "1") != "0"
    stack = Stack(host, port, STATE.absolute(), reload, dict(os.environ))

    def announce() -> None:
        elapsed = time.monotonic() - began
        base = f"http://{host}:{port}"
        output.line(announcement(base, stack.mailbox, stack.urls, elapsed))

    try:
        require_free_port(host, port)
        require_given()
        with own(STATE):
            supervisor = Supervisor(stack.stages(postgres), announce, output.line)
            asyncio.run(supervisor.run())
    except (InUseError, PortTakenError, PostgresError, GatewayError, ProcessError) as error:
        complain(str(error))
        return 3
    except KeyboardInterrupt:  # before the supervisor listens for it
        return 130
    finally:
        if postgres is not None:
            postgres.stop()
        output.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
