"""Run by the checkers' Python: renders and lints a chart with Helm's own library."""

import json
import sys
from pathlib import Path

import helm_python  # type: ignore[import-not-found]  # in the checkers' environment alone
from helm_python import Chart, HelmError


def main() -> None:
    asked = json.load(sys.stdin)
    values = helm_python.values_from_yaml(Path(asked["values"]).read_text(encoding="utf-8"))
    chart = Chart.load(asked["chart"])
    values = {**values, **asked["more"]}
    answer: dict[str, object] = {"refused": "", "manifests": ""}
    try:
        chart.validate_schema(values)
        rendered = chart.render(values, name=chart.name, namespace="here")
        answer["manifests"] = "\n---\n".join(rendered.values())
    except HelmError as error:
        answer["refused"] = str(error)
    report = helm_python.lint(asked["chart"], values, strict=True)
    answer["messages"] = [one for one in report["messages"] if one["severity"] > 1]
    json.dump(answer, sys.stdout)


main()
