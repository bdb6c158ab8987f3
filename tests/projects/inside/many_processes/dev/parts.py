"""What `make dev` has to start again when it dies: its name, and what its command line holds."""

from typing import Final

PARTS: Final = (("orders", "orders_service"), ("gateway", "/gateway"), ("postgres", "-D "))
