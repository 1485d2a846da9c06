"""An integrated stove: range hood, gas hob and steriliser in one body, each an appliance of its own; the whole turns all of them off."""

from typing import Any, ClassVar

from firmware_sim.models.composite import Composite, Part
from firmware_sim.models.procedure import Procedure
from firmware_sim.refusal import Refusal


class IntegratedStove(Composite):
    """A stove of three parts on one cord."""

    KIND = "integrated-stove"
    PREFIX = "stove"
    FEATURES = ("MTR", "MNS", "HRS", "IDF")
    PRODUCT = "HS-IS90"
    OWN_WATTS: ClassVar[float] = 1.5

    def begin(self, action: str, input: Any) -> Procedure | Any:
        """Turn everything off."""
        if action != "allOff":
            return super().begin(action, input)
        self._all_off()
        return None

    def _all_off(self) -> None:
        """Ask every part; one that cannot does not keep the others on."""
        left = [name for name, part in self.parts.items() if not _switched_off(part)]
        if left:
            raise Refusal("device-error", f"still on: {', '.join(left)}")


def _switched_off(part: Part) -> bool:
    try:
        if "allOff" in part.surface.actions:
            part.invoke("allOff")
        if "stop" in part.surface.actions:
            part.invoke("stop")
        if "power" in part.surface.writable:
            part.write({"power": False}, confirmed=True)
    except Refusal:
        return False
    return True
