"""`make sbom`: the software bill of materials of a hub, CycloneDX 1.6 in JSON: every package of its closure, with licence and origin.

    python -m tests.supply.sbom [--report PIP_REPORT] FILE

With the report of a `pip install --dry-run --report` the hash of each archive is in it too; what is installed does not know its archive.
"""

import argparse
import json
import platform
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from tests.supply.closure import Package, closure, project, requirements
from tests.supply.licences import licence

_SPDX_EXPRESSION = (" AND ", " OR ", " WITH ")


def bill(packages: Mapping[Any, Package], hashes: Mapping[str, str], *, now: datetime) -> dict[str, Any]:
    """Return the document; `hashes`: SHA-256 of the archive by name."""
    table = project()
    own = f"pkg:pypi/{table['name']}@{table['version']}"
    asked = {canonicalize_name(wish.name) for wishes in requirements(table).values() for wish in wishes}
    direct = [_reference(package) for name, package in packages.items() if name in asked]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid4()}",
        "version": 1,
        "metadata": {
            "timestamp": now.isoformat(timespec="seconds").replace("+00:00", "Z"),
            "lifecycles": [{"phase": "build"}],
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": table["name"],
                "version": table["version"],
                "purl": own,
                "description": table["description"],
                "licenses": [{"license": {"id": table["license"]}}],
            },
            "properties": [
                {"name": "hulian:python", "value": platform.python_version()},
                {"name": "hulian:machine", "value": f"{platform.system().lower()}-{platform.machine()}"},
            ],
        },
        "components": [component(package, hashes.get(package.name)) for package in packages.values()],
        "dependencies": [{"ref": own, "dependsOn": direct}, *(_dependency(package, packages) for package in packages.values())],
    }


def component(package: Package, digest: str | None) -> dict[str, Any]:
    """Return one package; its licence as an SPDX id or expression, else as a name."""
    text = licence(package.distribution)
    shown: dict[str, Any] = {
        "type": "library",
        "bom-ref": _reference(package),
        "name": package.name,
        "version": package.version,
        "purl": _reference(package),
        "scope": "optional" if package.extras else "required",
    }
    if text:
        shown["licenses"] = [{"expression": text}] if any(word in text for word in _SPDX_EXPRESSION) else [{"license": {"id": text}}]
    if digest:
        shown["hashes"] = [{"alg": "SHA-256", "content": digest}]
    if package.extras:
        shown["properties"] = [{"name": "hulian:extra", "value": extra} for extra in package.extras]
    return shown


def archive_hashes(report: Mapping[str, Any]) -> dict[str, str]:
    """Return the SHA-256 of each archive in a report of pip; where it came from is left out."""
    found: dict[str, str] = {}
    for entry in report.get("install", ()):
        digest = entry.get("download_info", {}).get("archive_info", {}).get("hashes", {}).get("sha256")
        if digest:
            found[canonicalize_name(entry["metadata"]["name"])] = digest
    return found


def _reference(package: Package) -> str:
    return f"pkg:pypi/{package.name}@{package.version}"


def _dependency(package: Package, packages: Mapping[Any, Package]) -> dict[str, Any]:
    return {"ref": _reference(package), "dependsOn": [_reference(packages[name]) for name in package.needs if name in packages]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", type=Path)
    parser.add_argument("file", type=Path)
    given = parser.parse_args()
    hashes = archive_hashes(json.loads(given.report.read_text())) if given.report and given.report.is_file() else {}
    packages = closure()
    document = bill(packages, hashes, now=datetime.now(UTC))
    given.file.parent.mkdir(parents=True, exist_ok=True)
    given.file.write_text(json.dumps(document, indent=2) + "\n")
    with_hash = sum("hashes" in each for each in document["components"])
    print(f"{given.file}: {len(document['components'])} packages, {with_hash} with the hash of their archive")


if __name__ == "__main__":
    main()
