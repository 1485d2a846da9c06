"""One device, judged by its profile: every value it reports, every write and every action it is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.errors import CommandError, ReadOnly, SchemaViolation, Unknown
from gateway.profile.affordance import Action, EventAffordance, Property
from gateway.profile.kind import Kind
from gateway.profile.plain_value import shown
from gateway.profile.rules import GuardWritable, Rule, Write
from gateway.profile.schema import Checker
from gateway.profile.shape import Shape
from gateway.thing.description import Description
from gateway.thing.value import State, Value


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Instance:
    """A described device of a kind. Devices that are alike share one `shape`, so an instance costs almost nothing."""

    description: Description
    model: Kind
    shape: Shape
    _reports: Mapping[str, Checker]

    def __repr__(self) -> str:
        """Return which device it is; all of it, model and checkers, would take a hundred pages."""
        about = self.description
        return f"Instance({about.kind}-{about.major} {about.id} features={','.join(about.features)} narrowing={','.join(about.narrowing)})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002 - the protocol of IPython, which Hypothesis asks first
        printer.text(repr(self))

    @property
    def properties(self) -> Mapping[str, Property]:
        """Return the device's properties by name."""
        return self.shape.properties

    @property
    def actions(self) -> Mapping[str, Action]:
        """Return the device's actions by name."""
        return self.shape.actions

    @property
    def events(self) -> Mapping[str, EventAffordance]:
        """Return the device's events by name."""
        return self.shape.events

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return the constraints that apply to this device."""
        return self.shape.rules

    def check_value(self, name: str, value: Value) -> None:
        """Raise Unknown or SchemaViolation unless an appliance may report `value` for `name`."""
        check = self._reports.get(name)
        if check is None:
            raise Unknown(f"{self.model.kind} has no property {shown(name)}", property=name)
        problem = check(value)
        if problem is not None:
            raise SchemaViolation(name + problem, property=name)

    def faulty(self, values: Mapping[str, Value]) -> dict[str, CommandError]:
        """Check a whole report at once; return the errors by property, empty when all of it fits."""
        reports = self._reports
        wrong: dict[str, CommandError] = {}
        for name, value in values.items():
            check = reports.get(name)
            if check is None:
                wrong[name] = Unknown(f"{self.model.kind} has no property {shown(name)}", property=name)
            elif (problem := check(value)) is not None:
                wrong[name] = SchemaViolation(name + problem, property=name)
        return wrong

    def check_event(self, name: str, data: Value) -> None:
        """Raise Unknown or SchemaViolation unless an appliance may send event `name` with `data`."""
        self._check("event", name, self.shape.data, data)

    def check_output(self, action: str, value: Value) -> None:
        """Raise Unknown or SchemaViolation unless `action` may answer with `value`."""
        self._check("action", action, self.shape.outputs, value)

    def check_write(self, values: Mapping[str, Value], state: State, *, confirmed: bool = False) -> None:
        """Raise what refuses writing `values` together while the device is in `state`; `confirmed`: a person agreed.

        Unknown, ReadOnly, SchemaViolation, StateConflict, NeedsConfirmation, or the error a constraint names; it carries
        the property and the constraint.
        """
        if not isinstance(values, Mapping) or not values:
            raise SchemaViolation("a write needs an object with at least one property")
        for name, value in values.items():
            self._check_written(name, value)
        self._check_rules(values, state, confirmed=confirmed)

    def _check_rules(self, values: Mapping[str, Value], state: State, *, confirmed: bool) -> None:
        write = Write(state, {**state, **values}, frozenset(values), confirmed)
        for rule in self.shape.rules:
            refusal = rule.refusal(write)
            if refusal is not None:
                raise refusal

    def check_input(self, action: str, value: Value, state: State, *, confirmed: bool = False) -> None:
        """Raise what refuses `action` with input `value` in `state`; an atomic action's members obey the rules of writes."""
        affordance = self.shape.actions.get(action)
        if affordance is None:
            raise Unknown(f"{self.model.kind} has no action {shown(action)}", property=None)
        self._check_taken(affordance, value)
        self._check_action_schema(affordance, value)
        for rule in self.shape.rules:
            refusal = rule.refuses_action(action, state, confirmed=confirmed) if isinstance(rule, GuardWritable) else None
            if refusal is not None:
                raise refusal
        written = self._written_by(affordance, value)
        for name, member in written.items():
            if not self.properties[name].withheld:  # what is withheld and yet taken with the action was judged with the input
                self._check_written(name, member)
        if written:
            self._check_rules(written, state, confirmed=confirmed)

    def broken(self, state: State) -> tuple[str, ...]:
        """Return the ids of the constraints `state` breaks."""
        return tuple(rule.id for rule in self.shape.rules if rule.broken(state) is not None)

    def skipped(self, before: State, after: State, steady: Mapping[str, float]) -> tuple[str, ...]:
        """Return the constraints about time a change breaks; `steady`: seconds each property had stayed where the rule starts."""
        return tuple(rule.id for rule in self.shape.rules if rule.skipped(before, after, steady) is not None)

    def _check(self, what: str, name: str, table: Mapping[str, Checker], value: Value) -> None:
        check = table.get(name)
        if check is None:
            raise Unknown(f"{self.model.kind} has no {what} {shown(name)}")
        problem = check(value)
        if problem is not None:
            raise SchemaViolation(name + problem)

    def _check_written(self, name: str, value: Value) -> None:
        check = self.shape.writes.get(name)
        if check is None:
            if name in self.shape.properties:
                raise self._read_only(name)
            raise Unknown(f"{self.model.kind} has no property {shown(name)}", property=name if isinstance(name, str) else None)
        problem = check(value)
        if problem is not None:
            raise SchemaViolation(name + problem, property=name)

    def _read_only(self, name: str) -> ReadOnly:
        known = self.shape.properties[name]
        if not known.withheld:
            return ReadOnly(f"{name} can only be read", property=name)
        return ReadOnly(f"{name} cannot be set: {known.reason or 'this appliance only shows it'}", property=name)

    def _check_taken(self, affordance: Action, value: Value) -> None:
        """Raise ReadOnly, with its reason, for a member that this device does not take because it does not let its property be set."""
        members = (affordance.input or {}).get("properties", {})
        for name in self._written_by(affordance, value):
            if self.shape.properties[name].withheld and name not in members:
                raise self._read_only(name)

    def _check_action_schema(self, affordance: Action, value: Value) -> None:
        check = self.shape.inputs.get(affordance.name)
        if check is None:
            if value is not None and value != {}:
                raise SchemaViolation(f"{affordance.name} takes no input, not {shown(value)}")
            return
        given = {} if value is None and affordance.input and affordance.input.get("type") == "object" else value
        problem = check(given)
        if problem is not None:
            raise SchemaViolation(affordance.name + problem, property=self._blamed(affordance, value))

    def _blamed(self, affordance: Action, value: Value) -> str | None:
        writes = self.shape.writes
        written = self._written_by(affordance, value)
        return next((name for name, member in written.items() if name in writes and writes[name](member) is not None), None)

    def _written_by(self, affordance: Action, value: Value) -> dict[str, Value]:
        if not affordance.atomic or not isinstance(value, dict):
            return {}
        return {name: member for name, member in value.items() if name in self.shape.properties}


def instance_of(model: Kind, description: Description, shape: Shape) -> Instance:
    """Return the instance of one device."""
    return Instance(description, model, shape, shape.reports)
