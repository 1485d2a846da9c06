"""The Thing Model of a kind, flat: from the YAML files of the standard, or from the JSON that `hulian profile export KIND --to tm` gives.

The three steps of the standard ("Reading a profile"): references, parent, hash. Two readers that follow them get the same bytes, so the
hash in our Thing Description is the hash everybody else has.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import rfc8785
from ruamel.yaml import YAML

SECTIONS = ("properties", "actions", "events")


class Model:
    """One flat Thing Model."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = {term: value for term, value in document.items() if term != "tm:optional"}
        self.kind: str = document["hl:kind"]
        self.version: str = document["version"]["model"]
        self.features: Mapping[str, Mapping[str, Any]] = document.get("hl:features", {})
        self.hash = hashlib.sha256(rfc8785.dumps(self.document)).hexdigest()

    @classmethod
    def read(cls, path: Path) -> "Model":
        """Read `<kind>-<major>.yaml` with everything it refers to, or a flat model in JSON."""
        if path.suffix == ".json":
            return cls(json.loads(path.read_text()))
        return cls(_flat(path))

    @staticmethod
    def part(path: Path) -> dict[str, Any]:
        """Read a mixin: a part that no kind needs to list."""
        return _flat(path)

    def affordances(self, features: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return the properties, actions and events of a device with these features: what no feature brings, and what its own do."""
        chosen = set(features)
        if unknown := chosen - self.features.keys():
            raise ValueError(f"{self.kind} has no feature {', '.join(sorted(unknown))}")
        wanted = {pointer for name in chosen for pointer in self.features[name].get("affordances", ())}
        optional = {pointer for feature in self.features.values() for pointer in feature.get("affordances", ())}
        return {
            section: {
                name: body
                for name, body in self.document.get(section, {}).items()
                if (pointer := f"/{section}/{name}") not in optional or pointer in wanted
            }
            for section in SECTIONS
        }


def _flat(path: Path) -> dict[str, Any]:
    """Lay a kind, its references resolved, over its flat parent; only constraints add up, the parent's first."""
    document = _resolved(_load(path), path)
    links = document.pop("links", [])
    parents = [link for link in links if link.get("rel") == "tm:extends"]
    if rest := [link for link in links if link.get("rel") != "tm:extends"]:
        document["links"] = rest
    if not parents:
        return document
    parent = _flat(path.parent / parents[0]["href"])
    constraints = [*parent.get("hl:constraints", ()), *document.get("hl:constraints", ())]
    return _patched(parent, document) | ({"hl:constraints": constraints} if constraints else {})


def _resolved(value: Any, path: Path) -> Any:
    """Replace every object with `tm:ref` by its target, with the members beside it laid over."""
    if isinstance(value, list):
        return [_resolved(item, path) for item in value]
    if not isinstance(value, dict):
        return value
    members = {name: _resolved(item, path) for name, item in value.items() if name != "tm:ref"}
    if "tm:ref" not in value:
        return members
    file, _, pointer = value["tm:ref"].partition("#")
    other = path.parent / file
    target: Any = _load(other)
    for part in pointer.strip("/").split("/"):
        target = target[part.replace("~1", "/").replace("~0", "~")]
    return _patched(_resolved(target, other), members)


def _patched(target: Any, patch: Any) -> Any:
    """Return RFC 7396's merge of `patch` into `target`."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _patched(merged.get(name), value)
    return merged


def _load(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path)
