"""Documents of a bench, as `blueprint bench --json` prints them."""

import json
from pathlib import Path
from typing import Any


def bench(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON is of any shape
    """Return a run that found nothing wrong, of half the capacity that was predicted."""
    step = {
        "rate": 100.0,
        "seconds": 20.0,
        "asked": 2000,
        "p50_ms": 9.0,
        "p95_ms": 30.0,
        "p99_ms": 40.0,
        "error_percent": 0.0,
        "refused": 0,
        "invalid": "",
        "keeps_up": True,
        "routes": [route("GET /v1/products", 30.0), route("POST /v1/orders", 60.0)],
    }
    return {
        "project": "shop",
        "pattern": "monolith",
        "cores": 2,
        "workers": 2,
        "valid": True,
        "invalid": "",
        "kept": True,
        "at_slo": step,
        "processes": [{"name": "granian", "memory_slope_mb_per_minute": 0.2, "leaks": False}],
        "outbox": {"oldest_seconds_max": 0.4, "pending_end": 0, "starved": ""},
        "climb": [step | {"rate": 150.0}, step | {"rate": 225.0, "keeps_up": False}],
        "knee": {"rate_rps": 150.0},
        "against_prediction": [
            {"name": "p95", "measured": 30.0, "predicted": 20.0, "unit": "ms"},
            {"name": "capacity", "measured": 150.0, "predicted": 300.0, "unit": "requests/s"},
        ],
        **changes,
    }


def route(name: str, p95_ms: float, asked: int = 500) -> dict[str, Any]:
    return {"route": name, "asked": asked, "p50_ms": 5.0, "p95_ms": p95_ms, "errors": 0}


def at_slo(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    return {"at_slo": bench()["at_slo"] | changes}


def written(folder: Path, document: object) -> Path:
    path = folder / "bench.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path
