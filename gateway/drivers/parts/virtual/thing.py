"""One virtual thing: an appliance of a real kind of which is known what was sent to it, and what was truly read elsewhere.

Every value has the quality `assumed`. Where it is not known whether something was sent (the transmitter did not answer), what it would
have changed is `stale`: it was so, and may be otherwise now. A true reading is as good as whoever read it, until something is sent again.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from gateway.drivers.parts.virtual.codes import Codes, Known, Order
from gateway.drivers.parts.virtual.library import LEARNED, kinds
from gateway.drivers.parts.virtual.notebook import Plan
from gateway.errors import Forbidden, ReadOnly, SchemaViolation, Unknown
from gateway.profile.instance import Instance
from gateway.profile.library import Library
from gateway.thing.command import Command, Operation
from gateway.thing.description import Description, Locality
from gateway.thing.report import Report
from gateway.thing.value import Quality, Value

UNKNOWN: Mapping[str, Value] = {"faults": [], "safeUse": {"state": "unknown"}, "claims": [], "energyLabel": []}
"""The profile's words for what nobody knows of an appliance that cannot speak."""
NEVER = 3
"""The danger of what nobody may do from afar."""
SET_CHANNEL = "setChannel"


class VirtualThing:
    """`codes` is asked anew for its codes whenever some were learned; `said`: what was sent last, as it was kept."""

    def __init__(self, plan: Plan, codes: Callable[[], Codes], said: dict[str, Value], profiles: Library) -> None:
        self.plan = plan
        self.said = said
        self._codes = codes
        self._profiles = profiles
        self._true: dict[str, Value] = {}
        self._doubtful: set[str] = set()
        self._turn = False
        self._described: Description | None = None
        self._instance: Instance | None = None
        self._basis: tuple[Codes | None, frozenset[str]] = (None, frozenset())

    def describe(self) -> Description:
        """Return the device, as narrow as its codes are; the same object while nothing changes."""
        codes, true = self._codes(), frozenset(self._true)
        if self._described is not None and self._basis[0] is codes and self._basis[1] == true:
            return self._described
        self._basis = codes, true
        rules = kinds()[self.plan.kind]
        described = Description(
            id=self.plan.id,
            kind=self.plan.kind,
            features=codes.features,
            narrowing=codes.narrowing(self._true),
            title=self.plan.title or rules["title"],
            identity={"model": f"codes {self.plan.codes}" if self.plan.codes != LEARNED else "learned codes"},
            locality=Locality.ASSUMED,
        )
        if described != self._described:
            self._described = described
            self._instance = self._profiles.model(self.plan.kind, 1).instance(described)
        return self._described or described

    def instance(self) -> Instance:
        """Return it in the profile's terms."""
        described = self.describe()
        return self._instance or self._profiles.model(self.plan.kind, 1).instance(described)

    def report(self) -> Report:
        """Return all that is known of it: what is not in there any more nobody knows."""
        known = self.instance().properties
        values = {name: value for name, value in {**UNKNOWN, **self.said, **self._true}.items() if name in known}
        return Report(device=self.plan.id, values=values, quality={name: self._quality(name) for name in values}, complete=True)

    def order(self, command: Command) -> Order:
        """Return what is to be sent for a command; raise a CommandError for what no code says, and for what nobody may do from afar."""
        self._check_allowed(command)
        codes = self._codes()
        if command.operation is Operation.WRITE_PROPERTY:
            return self._asked({command.name: command.input}, codes)
        if command.operation is Operation.WRITE_MULTIPLE:
            return self._asked(_mapping(command.input), codes)
        if command.name == codes.press_action:
            return codes.press(str(_mapping(command.input).get("key", "")), self._known, turn=self._turn)
        if command.name == SET_CHANNEL and self.plan.kind == "set-top-box":
            return self._asked({"channel": _number(command.input)}, codes)
        members = codes.actions.get(command.name)
        if members is None:
            raise Unknown(f"this appliance has no {command.name or command.operation.value}")
        asked = _mapping(command.input)
        if strange := sorted(asked.keys() - members):
            raise SchemaViolation(f"{command.name} cannot take {strange[0]} here", property=strange[0])
        return self._asked(asked, codes)

    def sent(self, order: Order) -> None:
        """Take note that it was sent: what was truly known before is only assumed now."""
        self.said = {**self.said, **self._true, **order.shows}
        self._true.clear()
        self._doubtful -= order.shows.keys()
        for name in order.forgets:
            self.said.pop(name, None)
        if order.bursts:
            self._turn = not self._turn

    def doubted(self, order: Order) -> None:
        """Take note that it may have been sent, or not."""
        self.said |= self._true
        self._true.clear()
        self._doubtful |= order.shows.keys() | order.forgets

    def believe(self, values: Mapping[str, Value]) -> bool:
        """Take a true reading from elsewhere; return whether it says anything of this appliance."""
        instance = self.instance()
        fitting = {name: value for name, value in values.items() if name in instance.properties}
        wrong = instance.faulty(fitting)
        taken = {name: value for name, value in fitting.items() if name not in wrong}
        self._true |= taken
        self._doubtful -= taken.keys()
        return bool(taken)

    @property
    def _known(self) -> Known:
        return {name: value for name, value in {**self.said, **self._true}.items() if name not in self._doubtful}

    def _asked(self, asked: Known, codes: Codes) -> Order:
        if not asked:
            return Order(bursts=())
        known = {**self.said, **self._true}  # what is doubtful is still the best there is to repeat
        return codes.order(asked, known, self._true, turn=self._turn)

    def _quality(self, name: str) -> Quality:
        if name in self._true:
            return Quality.GOOD
        return Quality.STALE if name in self._doubtful else Quality.ASSUMED

    def _check_allowed(self, command: Command) -> None:
        instance = self.instance()
        if command.operation is Operation.INVOKE_ACTION:
            action = instance.actions.get(command.name)
            dangers = [action.danger] if action is not None else []
        else:
            names: Collection[str] = [command.name] if command.operation is Operation.WRITE_PROPERTY else list(_mapping(command.input))
            known = [instance.properties[name] for name in names if name in instance.properties]
            if measured := next((each.name for each in known if each.read_only and not each.withheld), None):
                raise ReadOnly(f"{measured} is only read, and here nobody reads it", property=measured)
            dangers = [each.danger for each in known]
        if any(danger >= NEVER for danger in dangers):
            raise Forbidden("nobody may do that from afar, least of all where nothing tells what came of it")


def _mapping(value: Value) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise SchemaViolation("the input is an object")
    return value


def _number(value: Value) -> Value:
    asked = _mapping(value)
    if "number" not in asked:
        raise SchemaViolation("a channel is dialled by its number; nothing tells its name", property="number")
    return asked["number"]
