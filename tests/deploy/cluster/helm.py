"""Run by the checkers' Python within the node's network: installs, upgrades, rolls back a chart."""

import json
import sys
from pathlib import Path

import helm_python  # type: ignore[import-not-found]  # in the checkers' environment alone
from helm_python import Config

_SECONDS = 300


def main() -> None:
    asked = json.load(sys.stdin)
    values = helm_python.values_from_yaml(Path(asked["values"]).read_text(encoding="utf-8"))
    name, chart, values = asked["name"], asked["chart"], {**values, **asked["more"]}
    with Config(kubeconfig_path=asked["access"], namespace=asked["namespace"]) as helm:
        match asked["action"]:
            # Without waiting: the database comes with the chart, and is migrated after it.
            case "install":
                helm.install(chart, name, values, timeout=_SECONDS)
            case "upgrade":
                helm.upgrade(chart, name, values, timeout=_SECONDS, wait="watcher")
            case "rollback":
                helm.rollback(name, timeout=_SECONDS, wait="watcher")
        json.dump(helm.status(name), sys.stdout)


main()
