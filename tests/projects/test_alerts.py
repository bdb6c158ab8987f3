"""Each alert of a project rings when it should and at no other time, and leads to its entry in the
runbook."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from blueprint_cli.patterns import PATTERNS
from tests.rendered import render

needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is not installed"
)
OF_ALL = ("service", "service_test", "servers", "servers_test")
# A parcel waits for the system alone, in one of two states.
PARCELS = {
    "identity": {},
    "notifications": {},
    "parcels": {
        "entities": {
            "Parcel": {
                "fields": {"label": "text(1..20)"},
                "states": ["packed", "weighed", "sent"],
                "commands": {
                    "create": {"takes": ["label"], "by": "user", "emits": "ParcelPacked"},
                    "weigh": {
                        "from": "packed",
                        "to": "weighed",
                        "by": "system",
                        "emits": "Weighed",
                    },
                    "send": {"from": "weighed", "to": "sent", "by": "system", "emits": "Sent"},
                    "recall": {"from": ["weighed"], "to": "packed", "by": "user"},
                },
                "access": {"read": "user"},
            }
        },
        "reactions": [
            {"when": "parcels.ParcelPacked", "do": "Parcel.weigh", "of": "id"},
            {"when": "parcels.Weighed", "do": "Parcel.send", "of": "id"},
        ],
    },
}


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("alerts")
    return {
        pattern: render(
            folder / pattern,
            *("--example", "shop", "--pattern", pattern),
            *("--set", "platform.observability=grafana"),
        )
        for pattern in PATTERNS
    }


@pytest.fixture(scope="module")
def parcels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("alerts")
    answers = folder / "answers.yaml"
    slo = {"p95_ms": 35, "error_rate_percent": 20}
    answers.write_text(yaml.safe_dump({"blueprint": 1, "contexts": PARCELS, "slo": slo}))
    return render(folder / "shop", "--answers", str(answers))


def rules_of(project: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The files of rules, and what they say."""
    for path in sorted((project / "deploy" / "prometheus").glob("*.yml")):
        if not path.stem.endswith("_test"):
            yield path, yaml.safe_load(path.read_text())


def alerts_of(rules: dict[str, Any]) -> list[dict[str, Any]]:
    return [rule for group in rules["groups"] for rule in group["rules"] if "alert" in rule]


def has_entries(project: Path) -> set[str]:
    runbook = (project / "docs" / "runbook.md").read_text()
    alerts = [rule for _, rules in rules_of(project) for rule in alerts_of(rules)]
    for rule in alerts:
        assert rule["annotations"]["runbook"] == f"docs/runbook.md#{rule['alert'].lower()}"
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert f"\n### {rule['alert']}\n" in runbook
    return {rule["alert"] for rule in alerts}


def test_each_alert_has_an_entry_in_the_runbook(shops: dict[str, Path], parcels: Path) -> None:
    for shop in shops.values():
        found = has_entries(shop)
        assert {"OrdersStayPending", "ParkedMessages", "MemoryGrows", "ServerAway"} <= found
        assert "RowsStuck" not in found
    assert "RowsStuck" in has_entries(parcels)


def test_the_patterns_share_their_rules(shops: dict[str, Path]) -> None:
    shared = {
        tuple((shop / f"deploy/prometheus/{name}.yml").read_bytes() for name in OF_ALL)
        for shop in shops.values()
    }
    assert len(shared) == 1


@needs_promtool
def test_each_alert_rings_when_it_should(shops: dict[str, Path], tmp_path: Path) -> None:
    tried(shops["event-driven"], tmp_path)  # it has those of events besides


@needs_promtool
def test_a_row_is_stuck_where_only_a_reaction_leads_on(parcels: Path, tmp_path: Path) -> None:
    (_, rules), *_ = rules_of(parcels)
    (stuck,) = (one for one in alerts_of(rules) if one["alert"] == "RowsStuck")
    assert 'parcels_oldest_row_seconds{entity="Parcel",state=~"packed"}' in stuck["expr"]
    tried(parcels, tmp_path, "RowsStuck")


def tried(project: Path, tmp_path: Path, only: str = "") -> None:
    """The tests of each file of rules pass, and see it where one never rings, or always does."""
    folder = tmp_path / "prometheus"
    shutil.copytree(project / "deploy" / "prometheus", folder)
    for path, rules in rules_of(project):
        tests = folder / f"{path.stem}_test.yml"
        assert passes("check", "rules", folder / path.name)
        assert passes("test", "rules", tests)
        for number, rule in enumerate(alerts_of(rules)):
            for broken in (never, always) if only in {"", rule["alert"]} else ():
                changed = yaml.safe_load(path.read_text())
                broken(alerts_of(changed)[number])
                (folder / path.name).write_text(yaml.safe_dump(changed))
                assert not passes("test", "rules", tests), f"{rule} rings {broken.__name__}"
        shutil.copy(path, folder)


def passes(*arguments: str | Path) -> bool:
    done = subprocess.run(["promtool", *arguments], check=False, capture_output=True, text=True)
    return done.returncode == 0 and "warning" not in done.stdout.lower()


def never(rule: dict[str, Any]) -> None:
    rule["expr"] = "vector(1) > 2"


def always(rule: dict[str, Any]) -> None:
    rule |= {"expr": f"({rule['expr']}) or vector(1)", "for": "0s"}
