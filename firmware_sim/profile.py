"""Reads the standard's data: Thing Models in YAML, flattened by following `tm:extends` and `tm:ref`.

This is the simulator's own reading of the published rules, kept apart from the gateway's on purpose: two readings that agree say
something about the rules, one reading shared by both sides says nothing.
"""

import hashlib
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import rfc8785
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from firmware_sim.refusal import SetupMistake

FOLDER = Path(__file__).parent.parent / "profiles"
AFFORDANCES = ("properties", "actions", "events")

Document = dict[str, Any]


@dataclass(frozen=True, eq=False)
class FlatProfile:
    """A kind's Thing Model with nothing left to look up; `hash` is SHA-256 (hex) over its RFC 8785 form."""

    kind: str
    document: Document
    hash: str

    @property
    def features(self) -> Mapping[str, Mapping[str, Any]]:
        """Feature name -> its `affordances`, `enum`, `requires`, `excludes`."""
        found: Mapping[str, Mapping[str, Any]] = self.document.get("hl:features", {})
        return found

    @property
    def constraints(self) -> tuple[Mapping[str, Any], ...]:
        """The typed constraints, in the order of the file."""
        return tuple(self.document.get("hl:constraints", ()))

    @property
    def version(self) -> str:
        """The model's semantic version."""
        return str(self.document.get("version", {}).get("model", "1.0.0"))


class Place(NamedTuple):
    """Where a kind is written down: what `load` takes."""

    kind: str
    folder: Path = FOLDER
    major: int = 1


def locate(wish: str, folders: Iterable[Path] = ()) -> Place:
    """Return the place of a kind, or of a profile file given by its path; `folders` go before the standard's. SetupMistake without one."""
    if wish.endswith(".yaml"):
        return _placed(Path(wish))
    for folder in folders:
        if (folder / f"{wish}-1.yaml").is_file():
            return Place(wish, folder.resolve())
    if not (FOLDER / f"{wish}-1.yaml").is_file():
        known = sorted({kind for folder in (FOLDER, *folders) for kind in kinds(folder)})
        raise SetupMistake(f"no simulated {wish!r}; there are {', '.join(known)}; a profile of your own is given as the path of its file")
    return Place(wish)


def _placed(path: Path) -> Place:
    kind, dash, major = path.stem.rpartition("-")
    if not dash or not major.isdecimal():
        raise SetupMistake(f"{path.name} is no profile file: its name is <kind>-<major>.yaml, such as lamp-1.yaml")
    if not path.is_file():
        raise SetupMistake(f"there is no profile file {path}")
    return Place(kind, path.parent.resolve(), int(major))


@cache
def load(kind: str, folder: Path = FOLDER, major: int = 1) -> FlatProfile:
    """Return the flat profile of a kind; SetupMistake when there is none or it cannot be read."""
    path = folder / f"{kind}-{major}.yaml"
    if not path.is_file():
        raise SetupMistake(f"there is no kind {kind!r}; known: {', '.join(kinds(folder)) or 'none'}")
    document = _flat(path)
    return FlatProfile(kind, document, hashlib.sha256(rfc8785.dumps(document)).hexdigest())


def kinds(folder: Path = FOLDER) -> tuple[str, ...]:
    """Return the kinds of the folder, sorted."""
    names = (path.stem.rpartition("-")[0] for path in folder.glob("*-[0-9]*.yaml"))
    return tuple(sorted({name for name in names if not name.startswith(("mixin-", "appliance-base"))}))


@cache
def read(path: Path) -> Document:
    """Return one YAML file of the standard as it stands, read once; SetupMistake names file and line."""
    return parse(path)


def parse(path: Path) -> Document:
    """Return a YAML file as it stands now; SetupMistake names file and line."""
    try:
        document: Any = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except (OSError, YAMLError) as error:
        raise SetupMistake(f"{path.name} cannot be read: {error}") from error
    if not isinstance(document, dict):
        raise SetupMistake(f"{path.name} is not a mapping")
    return document


def _flat(path: Path) -> Document:
    own: Document = _imported(deepcopy(read(path)), path)
    links = own.get("links", [])
    parents = [link["href"] for link in links if link.get("rel") == "tm:extends"]
    if not parents:
        return own
    own["links"] = [link for link in links if link.get("rel") != "tm:extends"]
    if not own["links"]:
        del own["links"]
    return _extended(_flat(_target(path, parents[0])), own)


def _extended(parent: Document, child: Document) -> Document:
    """Lay the child over its parent: constraints and optional lists add up, everything else merges member by member."""
    lists = {name: [*parent.get(name, ()), *child.get(name, ())] for name in ("hl:constraints", "tm:optional")}
    merged: Document = _patched(parent, {name: value for name, value in child.items() if name not in lists})
    return merged | {name: value for name, value in lists.items() if value}


def _imported(node: Any, path: Path) -> Any:
    if isinstance(node, list):
        return [_imported(item, path) for item in node]
    if not isinstance(node, dict):
        return node
    own = {name: _imported(value, path) for name, value in node.items() if name != "tm:ref"}
    return _patched(_referenced(str(node["tm:ref"]), path), own) if "tm:ref" in node else own


def _referenced(reference: str, path: Path) -> Document:
    name, _, pointer = reference.partition("#")
    source = _target(path, name) if name else path
    found: Any = read(source)
    try:
        for step in pointer.strip("/").split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
    except (KeyError, TypeError):
        raise SetupMistake(f"{path.name} refers to {reference}, which is not there") from None
    resolved: Document = _imported(deepcopy(found), source)
    return resolved


def _target(path: Path, reference: str) -> Path:
    """Return the YAML file a link means, beside the file or else of the standard; published links may have the generated file's suffix."""
    stem = Path(reference).name.removesuffix(".jsonld").removesuffix(".json").removesuffix(".yaml").removesuffix(".tm")
    beside = path.parent / f"{stem}.yaml"
    return beside if beside.is_file() else FOLDER / f"{stem}.yaml"


def _patched(base: Any, patch: Any) -> Any:
    """Lay `patch` over `base` member by member; null takes out a member that is there, and is a plain value where there is none."""
    if not isinstance(patch, dict) or not isinstance(base, dict):
        return patch
    merged = dict(base)
    for name, value in patch.items():
        if value is None and name in base:
            del merged[name]
        else:
            merged[name] = _patched(merged.get(name), value)
    return merged
