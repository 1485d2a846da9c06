"""Run pytest with several workers; what fails among many is tried once more alone, and said to be FLAKY where it passes then.

A build is red for what is wrong, not for what is late: four real homes at a time on two cores make a test wait longer than anybody's
patience now and then. But a test that passes only alone is a defect of its own, and is printed last, where nobody misses it. More than
FEW failures are no bad luck, and are not tried again.
"""

import json
import subprocess
import sys
from pathlib import Path

FEW = 5
_FAILED = 1
_RECORD = Path(".pytest_cache/v/cache/lastfailed")


def main(arguments: list[str]) -> int:
    """Return pytest's exit code, 0 where everything that failed passed alone."""
    _RECORD.unlink(missing_ok=True)
    code = subprocess.run([sys.executable, "-m", "pytest", *arguments], check=False).returncode
    failed = failures() if code == _FAILED else []
    if not 0 < len(failed) <= FEW:
        return code
    print(f"\n{len(failed)} failed among many; each is tried once more, alone:", flush=True)
    alone = subprocess.run([sys.executable, "-m", "pytest", "-n", "0", "-m", "", *failed], check=False).returncode
    if alone == 0:
        print("\n".join(f"FLAKY (failed among many, passed alone; mend it): {name}" for name in failed), flush=True)
    return alone


def failures() -> list[str]:
    """Return the tests pytest remembers as failed, none where it remembers nothing."""
    try:
        return sorted(json.loads(_RECORD.read_text()))
    except (OSError, ValueError):
        return []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
