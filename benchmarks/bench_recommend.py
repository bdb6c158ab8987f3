"""How long a recommendation takes, sensitivity included, beside importing the usual libraries.

The rival imports Typer, PyYAML and Pydantic in a fresh interpreter, so far as a program that uses
them has to: a model's base class, a loader, an application. (A bare `import pydantic` loads next to
nothing.) Both sides start their own interpreter.
"""

import sys
import tempfile
from pathlib import Path

from measure import compare, table

BLUEPRINT = Path(sys.executable).parent / "blueprint"
IMPORTS = "from typer import Typer; from yaml import safe_load; from pydantic import BaseModel"
BARE = "import typer, yaml, pydantic"
CORE = """\
from blueprint_cli.recommendation.recommend import recommend
recommend({answers})
"""
ANSWERS = {
    "developers": 30,
    "teams": 4,
    "bounded_contexts": 8,
    "requests_per_second_avg": 200,
    "peak_to_average": 6,
    "p95_latency_ms": 120,
    "availability_percent": 99.9,
    "consistency": "mixed",
    "async_share_percent": 40,
    "stream_events_per_second": 50,
    "consumers_per_event": 2,
    "independent_deploys_needed": True,
    "ops_maturity": "medium",
    "time_to_first_release_weeks": 16,
    "monthly_budget_usd": 4000,
    "domain_stability": "stable",
    "independent_scaling_needed": False,
    "isolation_or_compliance": False,
    "polyglot": False,
}


def main() -> None:
    """Print the tables: the whole command, and the computation alone."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        lines = [
            f"  {key}: {str(value).lower() if isinstance(value, bool) else value}"
            for key, value in ANSWERS.items()
        ]
        (folder / "a.yaml").write_text(
            "requirements:\n" + "\n".join(lines) + "\n", encoding="utf-8"
        )
        python = sys.executable
        command: list[str | Path] = [BLUEPRINT, "recommend", "--answers", "a.yaml", "--json"]
        rival = "importing Typer, PyYAML and Pydantic"
        for title, ours, imports in (
            ("The command `recommend`", command, IMPORTS),
            (
                "The computation alone: rules, score, sensitivity, estimates",
                [python, "-c", CORE.format(answers=ANSWERS)],
                BARE,
            ),
        ):
            timings = compare(
                {"recommend": ours, f"{rival}: {imports}": [python, "-c", imports]}, cwd=folder
            )
            print(table(title, timings, limit=2.0), end="\n\n")


if __name__ == "__main__":
    main()
