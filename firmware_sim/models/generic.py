"""The model of a kind nobody has written physics for: made from the flat profile alone."""

from functools import cache
from typing import Any, cast

from firmware_sim.models.model import Model
from firmware_sim.profile import FlatProfile
from firmware_sim.schema import neutral
from firmware_sim.surface import Surface


class Generic(Model):
    """An appliance that does what its profile says and no more."""

    def furnish(self, surface: Surface) -> None:
        """Start every setting at a harmless value."""
        for name, body in surface.properties.items():
            if not body.get("readOnly"):
                self.settings.setdefault(name, neutral(body))

    def begin(self, action: str, input: Any) -> Any:
        """Do at once whatever is asked."""
        return super().begin(action, input) if action == "identify" else None


@cache
def generic_model(profile: FlatProfile) -> type[Model]:
    """Return the generic model of a kind."""
    facts: dict[str, Any] = {"KIND": profile.kind, "PREFIX": profile.kind, "FEATURES": _usual(profile), "PRODUCT": f"HS-{profile.kind}"}
    return cast("type[Model]", type("Generic", (Generic,), facts))


def _usual(profile: FlatProfile) -> tuple[str, ...]:
    """Return as many features as go together, in the order of the profile."""
    chosen: list[str] = []
    for name, feature in profile.features.items():
        clash = {other for other in profile.features if name in profile.features[other].get("excludes", ())}
        if not (clash | set(feature.get("excludes", ()))) & set(chosen):
            chosen.append(name)
    while missing := [name for name in chosen if set(profile.features[name].get("requires", ())) - set(chosen)]:
        chosen = [name for name in chosen if name not in missing]
    return tuple(chosen)
