"""The folder of profiles as a library of models, each read when it is first asked for."""

import re
from pathlib import Path
from typing import Any

from gateway.errors import ProfileInvalid, Unknown
from gateway.profile.bundle import BUNDLE, Bundled, pack, unpack
from gateway.profile.cache import keep, load, sources_digest
from gateway.profile.model import Model, model_of
from gateway.profile.parts import Parts
from gateway.profile.plain_value import shown

PROFILES = Path(__file__).resolve().parent.parent.parent / "profiles"
"""The standard's data: beside the `gateway` package in a checkout and in an installation alike."""

_FILE = re.compile(r"(?!appliance-base-|mixin-)([a-z][a-z0-9-]*)-([1-9][0-9]*)\Z")
_MIXIN = re.compile(r"mixin-[a-z][a-z0-9-]{0,47}-[1-9][0-9]{0,3}\Z")
_KIND = re.compile(r"[a-z][a-z0-9-]{0,63}\Z")
_REQUIRED = ("title", "titles", "version", "hl:class", "hl:maturity", "properties")


class Library:
    """Gives the model of a kind. `cache`: a folder that keeps resolved models between runs, or None."""

    def __init__(self, root: Path | None = None, cache: Path | None = None) -> None:
        self._root = root or PROFILES
        self._cache = cache
        self._models: dict[tuple[str, int], Model] = {}
        self._mixins: dict[str, dict[str, Any]] = {}
        self._documents: dict[str, Any] = {}
        self._parts = Parts()
        self._sources: str | None = None
        self._bundled: Bundled | None = None

    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of the standard, in alphabetical order; no file is read for it."""
        return tuple(sorted({match[1] for path in self._root.glob("*.yaml") if (match := _FILE.match(path.stem))}))

    def model(self, kind: str, major: int = 1) -> Model:
        """Return the model of `kind`; raise Unknown where there is none, ProfileInvalid where its files are damaged."""
        key = (kind, major)
        if key not in self._models:
            self._models[key] = self._read(kind, major)
        return self._models[key]

    def mixins(self) -> tuple[str, ...]:
        """Return the published mixins, such as `mixin-energy-1`, in alphabetical order; no file is read for it."""
        return tuple(sorted(path.stem for path in self._root.glob("mixin-*.yaml") if _MIXIN.match(path.stem)))

    def mixin(self, name: str) -> dict[str, Any]:
        """Return a mixin, references resolved; raise Unknown where there is none, ProfileInvalid where its file is damaged."""
        if name not in self._mixins:
            if not isinstance(name, str) or not _MIXIN.match(name) or not (self._root / f"{name}.yaml").is_file():
                raise Unknown(f"no mixin {shown(name)}; published are {', '.join(self.mixins())}")
            document = (self._from_bundle(name) or self._from_files(name))["document"]
            self._mixins[name] = document
        return self._mixins[name]

    def faults(self) -> dict[str, Any]:
        """Return the fault catalogue: common code to severity, remedy, titles and hints."""
        entries: dict[str, Any] = self._document("reference/faults-1.yaml").get("faults", {})
        return entries

    def _read(self, kind: str, major: int) -> Model:
        name = f"{kind}-{major}"
        if not isinstance(kind, str) or not _KIND.match(kind) or not _FILE.match(name) or not (self._root / f"{name}.yaml").is_file():
            raise Unknown(f"no profile of kind {shown(kind)}, version {shown(major)}; known are {', '.join(self.kinds())}")
        resolved = self._from_bundle(name) or self._from_files(name)
        document = resolved["document"]
        if document.get("hl:kind") != kind or any(term not in document for term in _REQUIRED):
            raise ProfileInvalid(f"must have hl:kind: {kind} and {', '.join(_REQUIRED)}", path=str(self._root / f"{name}.yaml"))
        return model_of(kind, major, document, resolved["hash"], self.mixin)

    def bundle(self) -> bytes:
        """Return all models and mixins as one bundle, as a wheel carries it."""
        names = sorted([path.stem for path in self._root.glob("*.yaml") if _FILE.match(path.stem)] + [*self.mixins()])
        return pack({name: self._resolved(name) for name in names}, self._digest())

    def _from_bundle(self, name: str) -> dict[str, Any] | None:
        if self._bundled is None:
            path = self._root / BUNDLE
            self._bundled = unpack(path, self._digest()) if path.is_file() else Bundled(path, [], {})
        return self._bundled.take(name)

    def _from_files(self, name: str) -> dict[str, Any]:
        resolved = self._kept(name) or self._resolved(name)
        return {**resolved, "document": self._parts.shared(resolved["document"])}

    def _kept(self, name: str) -> dict[str, Any] | None:
        return None if self._cache is None else load(self._cache, name, self._digest())

    def _resolved(self, name: str) -> dict[str, Any]:
        from gateway.profile.resolver import canonical_hash, resolve  # noqa: PLC0415 - the YAML reader: only without a kept model

        document = resolve(f"{name}.yaml", self._document)
        if not _MIXIN.match(name):
            self._documents.pop(f"{name}.yaml", None)  # no other kind refers to it; the base and the mixins stay for the next
        resolved = {"hash": canonical_hash(document), "document": document}
        if self._cache is not None:
            keep(self._cache, name, self._digest(), resolved)
        return resolved

    def _document(self, name: str) -> Any:
        if name not in self._documents:
            from gateway.profile.resolver import read_yaml  # noqa: PLC0415 - likewise

            self._documents[name] = read_yaml(self._root / name)
        return self._documents[name]

    def _digest(self) -> str:
        if self._sources is None:
            self._sources = sources_digest(self._root)
        return self._sources
