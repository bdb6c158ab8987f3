"""Run the few tests that failed beside others once more, one by one: `make test AGAIN=...` in CI.

Where other work takes a machine's cores, a deadline passes now and then though nothing is wrong
(docs/decisions/0138). What fails here as well has failed; what passes is named, to be looked at.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

# More are no accident.
MOST: Final = 3
FAILED: Final = 1  # pytest's own exit code where tests failed, and nothing else went wrong
KEPT: Final = Path(".pytest_cache/v/cache/lastfailed")


def main(exit_code: str) -> int:
    """Return pytest's exit code, or that of what failed when it was run again."""
    if int(exit_code) != FAILED or not KEPT.is_file():
        return int(exit_code)
    tests = sorted(json.loads(KEPT.read_text(encoding="utf-8")))
    if not 0 < len(tests) <= MOST:
        return FAILED
    print(f"Once more, and alone: {', '.join(tests)}", flush=True)
    code = subprocess.run([sys.executable, "-m", "pytest", *tests], check=False).returncode
    if code == 0:
        print(f"PASSED ALONE, to be looked at: {', '.join(tests)}", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
