"""What `make dev` says once all is ready: what is where, and a first order to paste."""

from collections.abc import Mapping
from pathlib import Path

from dev.database import ROOT

# For any shell like sh, with a curl of any age, which asks no proxy for this machine, and sed in
# place of what reads JSON.
FIRST_ORDER = r"""
A first order, to paste into another terminal in this folder:

  make seed
  API=<base>/v1 JSON='Content-Type: application/json'
  ADA='"email": "ada@example.org", "password": "some unusual words"'
  ask() { curl -sw '\n' --noproxy '*' "$@"; }
  ask "$API/auth/register" -H "$JSON" -d "{$ADA, \"name\": \"Ada\"}"
  TOKEN=$(ask "$API/auth/login" -H "$JSON" -d "{$ADA}" \
    | sed 's/.*"access_token":"//; s/".*//')
  ME="Authorization: Bearer $TOKEN"
  PRODUCT=$(ask "$API/products" -H "$ME" | sed 's/.*"id":"//; s/".*//')
  ORDER="{\"lines\": [{\"product_id\": \"$PRODUCT\", \"quantity\": 2}]}"
  ask "$API/orders" -H "$ME" -H "$JSON" \
    -H "Idempotency-Key: $(date +%s)" -d "$ORDER"
  sleep 2; ask "$API/orders?limit=1" -H "$ME"
"""


def links(mailbox: Path, processes: Mapping[str, str]) -> dict[str, str]:
    """For the page at `/`: where e-mail goes, and what every process serves operators at its URL.

    The API and its documentation are not among them: the page is where they are.
    """
    operators = {
        f"{name}: {what}": f"{url}/{what}"
        for name, url in processes.items()
        for what in ("readyz", "metrics")
    }
    return {"e-mail": _sent(mailbox), **operators}


def announcement(base: str, mailbox: Path, processes: Mapping[str, str], seconds: float) -> str:
    """What stands in the terminal once all is ready; `base` is the URL of the public API."""
    lines = [
        f"\nReady in {seconds:.1f} s; Ctrl-C stops it.",
        f"  start here     {base}",
        f"  documentation  {base}/docs",
        f"  e-mail         {_sent(mailbox)}",
        *(f"  {name:13}  {url}/readyz /metrics" for name, url in processes.items()),
    ]
    return "\n".join(lines) + "\n" + FIRST_ORDER.replace("<base>", base)


def _sent(mailbox: Path) -> str:
    """The file of a RecordedMailbox, as seen from the project's folder."""
    file = mailbox.absolute() / "sent.mbox"
    return str(file.relative_to(ROOT)) if file.is_relative_to(ROOT) else file.as_uri()
