"""How long an installed wheel takes to load every kind, and what that costs in memory, against reading the same kinds from YAML."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
_LOAD = """
import gc, json, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from gateway.profile.bundle import BUNDLE
from gateway.profile.library import PROFILES, Library
import gateway.profile.resolver
assert (PROFILES / BUNDLE).is_file() == (sys.argv[2] == "bundle")
pages = lambda: int(Path("/proc/self/statm").read_text().split()[1])
gc.collect()
before, began = pages(), time.perf_counter()
library = Library()
models = [library.model(kind) for kind in library.kinds()]
seconds = time.perf_counter() - began
print(json.dumps({"kinds": len(models), "ms": seconds * 1000, "mib": (pages() - before) * PAGE / 2**20}))
""".replace("PAGE", str(os.sysconf("SC_PAGE_SIZE")))


def measure_profiles() -> dict[str, Any]:
    """Return kinds, milliseconds and MiB of the bundle in a wheel, and the milliseconds of the YAML files."""
    with tempfile.TemporaryDirectory(prefix="hulian-wheel-") as folder:
        pip = (sys.executable, "-m", "pip", "-q", "--disable-pip-version-check")
        subprocess.run([*pip, "wheel", "--no-deps", "-w", folder, str(ROOT)], check=True)
        (wheel,) = Path(folder).glob("hulian-*.whl")
        site = Path(folder) / "site"
        subprocess.run([*pip, "install", "--no-deps", "--target", str(site), str(wheel)], check=True)
        return {**_loaded(site, "bundle"), "yaml_ms": _loaded(ROOT, "yaml")["ms"]}


def _loaded(place: Path, form: str) -> dict[str, Any]:
    """Load every kind three times in fresh processes; return the best."""
    runs = [subprocess.run([sys.executable, "-c", _LOAD, str(place), form], capture_output=True, text=True, check=True) for _ in range(3)]
    found: list[dict[str, Any]] = [json.loads(run.stdout) for run in runs]
    return min(found, key=lambda each: float(each["ms"]))
