"""The Runtime Interface Emulator and the Web Adapter, built once per machine and version."""

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

EMULATOR = "github.com/aws/aws-lambda-runtime-interface-emulator/cmd/aws-lambda-rie"
EMULATOR_VERSION = "v0.0.0-20261030222936-bef5c4ba774d"
ADAPTER = "lambda_web_adapter"
ROOT = Path(__file__).parents[3]
DOCKERFILE = ROOT / "templates" / "components" / "aws_lambda" / "files" / "Dockerfile.jinja"


def emulator() -> Path:
    """`aws-lambda-rie`, a Go program; skips where it cannot be built."""
    return _built(
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
    return _built(
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


def _built(
    name: str,
    compiler: str,
    command: Callable[[Path], tuple[list[str], dict[str, str]]],
    program: str,
) -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    kept = cache / "backend-blueprint-tests" / name
    if kept.is_file():
        return kept
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed: no {name}")
    folder = kept.with_name(f"{name}.{os.getpid()}")
    folder.mkdir(parents=True)
    arguments, variables = command(folder)
    done = subprocess.run(
        arguments, env=os.environ | variables, capture_output=True, text=True, check=False
    )
    try:
        if done.returncode:
            pytest.skip(f"{name} cannot be built: {done.stderr[-500:]}")
        with contextlib.suppress(OSError):  # another worker was faster
            (folder / program).rename(kept)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return kept
