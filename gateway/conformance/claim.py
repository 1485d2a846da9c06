"""What a vendor says its appliance is, as `plug@1`, `plug@1.0.0` or `plug@1+METER+IDF`, held against what the appliance says of itself.

Both ways: what is claimed and not there is a promise not kept; what is there and not claimed was not certified.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from gateway.conformance.thing import Thing
from gateway.errors import SetupError

EXAMPLES = "plug@1, plug@1.0.0, plug@1+METER+IDF"
_CLAIM = re.compile(r"([a-z][a-z0-9-]*)@([0-9]{1,4}(?:\.[0-9]{1,4}){0,2})((?:\+[A-Z][A-Z0-9_-]*)*)")


class NoClaim(SetupError):
    """A claim that cannot be read; exit code 2."""


@dataclass(frozen=True, slots=True)
class Claim:
    """`version`: as much of it as is claimed; `features`: None where nothing was said of them."""

    kind: str
    version: str
    features: frozenset[str] | None

    @classmethod
    def read(cls, text: str) -> Self:
        """Read `kind@version` with perhaps features; raise NoClaim."""
        match = _CLAIM.fullmatch(text)
        if match is None:
            raise NoClaim(f"{text!r} is no claim: write kind@version, with features where they are claimed too, such as {EXAMPLES}")
        return cls(match[1], match[2], frozenset(match[3][1:].split("+")) if match[3] else None)

    def against(self, thing: Thing) -> Iterator[str]:
        """Yield each difference between the claim and what the appliance declares."""
        declared = _declared_version(thing)
        if thing.kind != self.kind:
            yield f"the claim is {self.kind}, the device says {thing.kind or 'no kind'}"
        if f"{declared}.".startswith(f"{self.version}.") is False:
            yield f"the claim is version {self.version}, the device says {declared or 'none'}"
        if self.features is None:
            return
        has = frozenset(name for name in thing.td.get("hl:features", ()) if isinstance(name, str))
        yield from (f"{name} is claimed, and the device has it not" for name in sorted(self.features - has))
        yield from (f"the device has {name}, which is not claimed" for name in sorted(has - self.features))
        yield from self._affordances(thing)

    def _affordances(self, thing: Thing) -> Iterator[str]:
        """Yield what the claimed features bring and the device lacks, and the other way round."""
        for section, there in (("properties", thing.properties), ("actions", thing.actions), ("events", thing.events)):
            bound = {name: self._brings(thing, section, name) for name in thing.model.get(section, {})}
            lacking = (name for name, brought in bound.items() if brought and name not in there and not _is_private(thing, section, name))
            yield from (f"{section}/{name} is claimed, and the device has it not" for name in lacking)
            yield from (f"the device has {section}/{name}, which is not claimed" for name in there if bound.get(name) is False)

    def _brings(self, thing: Thing, section: str, name: str) -> bool:
        """Return whether an affordance is mandatory, or of a feature that is claimed."""
        features = thing.model.get("hl:features", {})
        owners = {each for each, body in features.items() if f"/{section}/{name}" in body.get("affordances", ())}
        return not owners or not owners.isdisjoint(self.features or ())


def _declared_version(thing: Thing) -> str:
    version = thing.td.get("version")
    model = version.get("model", "") if isinstance(version, dict) else ""
    return model if isinstance(model, str) else ""


def _is_private(thing: Thing, section: str, name: str) -> bool:
    """Return whether it may be left out where no transport of the device reaches it."""
    return bool(thing.model[section][name].get("hl:private"))
