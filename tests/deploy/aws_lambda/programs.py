"""The Runtime Interface Emulator and the Web Adapter, built once per machine and version."""

import re
from pathlib import Path

from tests.deploy.built import built

EMULATOR = "github.com/aws/aws-lambda-runtime-interface-emulator/cmd/aws-lambda-rie"
EMULATOR_VERSION = "v0.0.0-20261030222936-bef5c4ba774d"
ADAPTER = "lambda_web_adapter"
ROOT = Path(__file__).parents[3]
DOCKERFILE = ROOT / "templates" / "components" / "aws_lambda" / "files" / "Dockerfile.jinja"


def emulator() -> Path:
    """`aws-lambda-rie`, a Go program; skips where it cannot be built."""
    return built(
        f"aws-lambda-rie-{EMULATOR_VERSION}",
        "go",
        lambda folder: (
            ["go", "install", "-trimpath", f"{EMULATOR}@{EMULATOR_VERSION}"],
            {"GOBIN": str(folder)},
        ),
        "aws-lambda-rie",
    )


def adapter() -> Path:
    """`lambda-adapter`, the crate that the rendered Dockerfile names; skips where there is none."""
    version = re.search(rf"--version (\S+) {ADAPTER}", DOCKERFILE.read_text(encoding="utf-8"))
    assert version
    return built(
        f"lambda-adapter-{version[1]}",
        "cargo",
        lambda folder: (
            [
                *("cargo", "install", "--quiet", "--locked", "--root", str(folder)),
                *("--target-dir", str(folder / "target"), f"{ADAPTER}@{version[1]}"),
            ],
            {},
        ),
        "bin/lambda-adapter",
    )
