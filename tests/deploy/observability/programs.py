"""Grafana's schema and the OpenTelemetry Collector, built of Go modules once per machine."""

import json
import re
from hashlib import sha256
from pathlib import Path

from tests.deploy.built import built

HERE = Path(__file__).parent
SCHEMA = HERE / "schema"
COLLECTOR = HERE / "collector.yaml"


def grafana_schema() -> Path:
    """A program that reads dashboards by Grafana's schema, half a minute of a core."""
    content = b"".join(path.read_bytes() for path in sorted(SCHEMA.iterdir()))
    return built(
        f"grafana-schema-{sha256(content).hexdigest()[:12]}",
        "go",
        lambda folder: (
            ["go", "build", "-C", str(SCHEMA), "-o", str(folder / "schema"), "."],
            {},
        ),
        "schema",
    )


def collector() -> Path:
    """`otelcol`, four minutes of a core."""
    parts = COLLECTOR.read_text()
    version = re.search(r"version: ([\d.]+)", parts)
    assert version
    builder = f"go.opentelemetry.io/collector/cmd/builder@v{version[1]}"

    def command(folder: Path) -> tuple[list[str], dict[str, str]]:
        place = f"output_path: {json.dumps(str(folder))}, version:"
        (folder / "builder.yaml").write_text(parts.replace("version:", place, 1))
        return ["nice", "go", "run", builder, "--config", str(folder / "builder.yaml")], {}

    return built(f"otelcol-{sha256(parts.encode()).hexdigest()[:12]}", "go", command, "otelcol")
