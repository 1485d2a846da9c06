"""What watches a gas flame: lighting, flame failure, the protection that only hands reset, and gas that stays away.

Whether there is gas is known only by lighting: a flame that stands proves it, a failed lighting without gas says that it is cut off.
"""

from collections.abc import Mapping
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.model import Check, Model

FLAME_FAILURE, NO_GAS, LEAK, MONOXIDE = "GAS.FLAME-FAILURE", "GAS.NO-SUPPLY", "GAS.LEAK", "SAFETY.CARBON-MONOXIDE"


class GasModel(Model):
    """A model with a gas valve; a kind says what each `PROTECTIONS` word is called among the fault codes."""

    PROTECTIONS: ClassVar[Mapping[str, str]] = {"flame-failure": FLAME_FAILURE}
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {"gasSupply": {"type": "boolean"}, "reset": {"type": "boolean", "const": True}}

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.gas = True
        self.protection = "none"
        self._without_gas: float | None = None

    @property
    def may_burn(self) -> bool:
        """Whether nothing forbids a flame."""
        return self.powered and self.protection == "none" and "burning" not in self.disabled

    def put_out(self) -> None:
        """Shut the gas."""

    def protect(self, protection: str, event: str, **data: Any) -> None:
        """Shut the gas and keep it shut until somebody resets it."""
        self.put_out()
        if self.protection == "none":
            self.protection = protection
            self.happen(event, **data)
            self.trouble(self.PROTECTIONS[protection], freeze=data)

    def lit_up(self) -> None:
        """Note that a flame stands: there is gas."""
        if self._without_gas is not None:
            self.happen("supplyRestored", supply="gas", outage=round(self._without_gas, 1))
            self.trouble(NO_GAS, on=False)
            self._without_gas = None

    def failed(self, why: str, **data: Any) -> None:
        """Note a flame that did not come or went out."""
        if not self.gas and self._without_gas is None:
            self._without_gas = 0.0
            self.happen("supplyInterrupted", supply="gas")
            self.trouble(NO_GAS)
        self.protect("flame-failure", "flameFailure", why=why, **data)

    def run(self, seconds: float) -> None:
        """Count how long there has been no gas."""
        if self._without_gas is not None:
            self._without_gas += seconds

    def reset(self) -> None:
        """Press the button that lifts the protection."""
        self.repaired(self.PROTECTIONS.get(self.protection, ""))

    def repaired(self, code: str) -> None:
        """Lift the protection a fault stands for."""
        if code and code == self.PROTECTIONS.get(self.protection):
            self.trouble(code, on=False)
            self.protection = "none"

    def touch(self, name: str, value: Any) -> None:
        """Cut the gas off or let it come (true); reset."""
        match name:
            case "gasSupply":
                self.gas = value
            case "reset":
                self.reset()
            case _:
                super().touch(name, value)

    def readings(self) -> dict[str, Any]:
        """Return protection and gas."""
        supply = "normal" if self._without_gas is None else "interrupted"
        return super().readings() | {"protection": self.protection, "gasSupply": supply}

    def checks(self) -> list[Check]:
        """Supply, flame guard, gas."""
        guard = Check("flame-guard", passed=self.protection == "none", suspects=(FLAME_FAILURE,))
        return [*super().checks(), guard, Check("gas", passed=self._without_gas is None, suspects=(NO_GAS,))]

    def truth(self) -> dict[str, Any]:
        """Whether there is gas in the pipe."""
        return super().truth() | {"gas": self.gas}
