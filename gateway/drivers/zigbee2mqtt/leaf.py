"""One leaf of what a device exposes: its feature, where it stands in the state, and the way between raw JSON and the feature's values."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.drivers.parts.selfdescribed.feature import Feature
from gateway.drivers.zigbee2mqtt.words import Pair
from gateway.thing.value import Value


@dataclass(frozen=True, slots=True)
class Form:
    """How a value is written: `pair` for yes and no, `members` of an object, `item` of a list; a plain one as it is."""

    pair: Pair | None = None
    members: Mapping[str, "Form"] | None = None
    item: "Form | None" = None

    def told(self, raw: Value) -> Value:
        """Return what a raw value says; None where it says nothing."""
        if self.pair is not None:
            return self.pair.told(raw)
        if self.members is not None:
            if not isinstance(raw, dict):
                return None
            told = {name: form.told(raw.get(name)) for name, form in self.members.items()}
            return {name: value for name, value in told.items() if value is not None} or None
        if self.item is not None:
            return [self.item.told(each) for each in raw] if isinstance(raw, list) else None
        return raw

    def asked(self, value: Value) -> Value:
        """Return a value as the device is told it."""
        if self.pair is not None:
            return self.pair.asked(value)
        if self.members is not None and isinstance(value, dict):
            return {name: self.members[name].asked(each) if name in self.members else each for name, each in value.items()}
        if self.item is not None and isinstance(value, list):
            return [self.item.asked(each) for each in value]
        return value


PLAIN = Form()


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """`place`: the property of the state (and of what is set) it stands under. `gettable`: it can be asked for."""

    feature: Feature
    place: str
    form: Form = field(default=PLAIN)
    gettable: bool = False

    def told(self, state: Mapping[str, Value]) -> Value:
        """Return what a state says of it; None: nothing."""
        raw = state.get(self.place)
        if raw is None or (self.feature.event and raw == ""):
            return None
        return self.form.told(raw)
