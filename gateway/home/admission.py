"""Whether a command may be done at all: role, danger, profile, present state, version, reachability.

Everything here is answered from what the home knows, before anything is stored or sent. What is not allowed raises the
CommandError that says why; what is allowed comes back as a Plan: what must be seen before it counts as done.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.errors import BadSyntax, CommandError, Expired, Forbidden, NeedsConfirmation, Offline, Precondition, SchemaViolation, Unknown
from gateway.home.confirmation import Confirmations, asked_by_a_person
from gateway.home.twin import Twin
from gateway.profile.affordance import Action
from gateway.thing.command import Command, Operation
from gateway.thing.principal import Role
from gateway.thing.value import Value
from gateway.trust.roles import Permission, may

EVIDENCE_SECONDS = 5.0
"""What a write may take beyond its own latency until the device shows it."""

ACTION_SECONDS = 30.0
LONG_ACTION_SECONDS = 4 * 3600.0
"""What actions may take that do not say it themselves."""

CANCEL_SECONDS = 30.0
ID_LENGTH = 128
_IDENTIFIER = re.compile(rf"[^/+#\x00-\x1f\x7f-\x9f]{{1,{ID_LENGTH}}}").fullmatch
"""A run's id is one level of a topic and one segment of a path."""
CONFIRM, NEVER = 2, 3
"""Danger levels: a person must confirm; only at the appliance."""
UNASKED = "a person has to ask for this with a key of their own, and confirm it"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a command comes to.

    `awaited`: values the device must show. `seconds`: how long that, or the action, may take once it was sent.
    `touched`: every property it writes, also those nothing is awaited of.
    """

    awaited: Mapping[str, Value] = field(default_factory=dict)
    seconds: float = EVIDENCE_SECONDS
    action: Action | None = None
    touched: frozenset[str] = frozenset()


def admit(command: Command, twin: Twin, confirmations: Confirmations, now: float, *, local: bool = False) -> Plan:
    """Return the plan of a command that may be done; raise the CommandError that says why not.

    `now`: seconds since the epoch. `local`: the home can do it without the device.
    """
    check_id(command.id)
    plan = plan_of(command, twin)
    _check_role(command, twin, plan)
    if command.expires is not None and now >= command.expires:
        raise Expired("its time had passed when it arrived")
    _check_confirmed(command, twin, plan, confirmations)
    if command.expected is not None and command.expected != twin.version:
        raise Precondition(f"the state is now boot {twin.boot} seq {twin.seq}")
    if not (twin.online or local) and command.expires is None:
        raise Offline(twin.availability.reason)
    return plan


def check_id(identifier: str) -> None:
    """Raise BadSyntax where an id is no level of a topic and no segment of a path."""
    if not _IDENTIFIER(identifier):
        raise BadSyntax(f"a command's id has 1 to {ID_LENGTH} characters, and none of / + # or control characters")


def plan_of(command: Command, twin: Twin) -> Plan:
    """Return what a command asks for, in terms of the device's profile."""
    if command.operation is Operation.CANCEL_ACTION:
        return Plan(seconds=CANCEL_SECONDS)
    if command.operation is Operation.INVOKE_ACTION:
        return _plan_of_action(command, twin)
    awaited = written(command)
    for name in awaited:
        if name not in twin.instance.properties:
            raise Unknown(f"{twin.id} has no property {name}", property=name)
    return Plan(awaited, _latency(twin, awaited) + EVIDENCE_SECONDS, touched=frozenset(awaited))


def written(command: Command) -> dict[str, Value]:
    """Return the values a write asks for; raise SchemaViolation when a writemultiple is not a map."""
    if command.operation is Operation.WRITE_PROPERTY:
        return {command.name: command.input}
    if not isinstance(command.input, dict) or not command.input:
        raise SchemaViolation("writemultipleproperties takes a map of property to value with at least one member")
    return command.input


def check_state(command: Command, twin: Twin, plan: Plan, *, confirmed: bool) -> None:
    """Raise what the profile has against doing this in the present state."""
    if command.operation is Operation.CANCEL_ACTION:
        return
    warden, acts = twin.warden, command.operation is Operation.INVOKE_ACTION
    if warden is not None:
        warden.forbid(twin, plan.awaited)
    for state in (twin.values,) if warden is None else warden.states(twin, plan.awaited):
        if acts:
            twin.instance.check_input(command.name, command.input, state, confirmed=confirmed)
        else:
            twin.instance.check_write(plan.awaited, state, confirmed=confirmed)
    if warden is not None and not confirmed:
        warden.ask(twin, plan.awaited, command.name if acts else "")


def last_look(command: Command, twin: Twin, *, confirmed: bool) -> None:
    """Raise what forbids handing an accepted command over now: what it touches may be more dangerous than when it was admitted.

    `confirmed`: a person confirmed it, not long ago.
    """
    plan = plan_of(command, twin)
    _check_never(twin, plan)
    try:
        check_state(command, twin, plan, confirmed=confirmed)
    except NeedsConfirmation:
        raise
    except CommandError:
        pass  # judged when it was admitted, and again if it had to wait
    _check_danger(twin, plan, confirmed=confirmed)


def may_read(role: Role, *, private: bool) -> bool:
    """Return whether a role may read a property."""
    return may(role, Permission.READ_PRIVATE if private else Permission.READ)


def _plan_of_action(command: Command, twin: Twin) -> Plan:
    action = twin.instance.actions.get(command.name)
    if action is None:
        raise Unknown(f"{twin.id} has no action {command.name}")
    known = twin.instance.properties
    members = command.input if action.atomic and isinstance(command.input, dict) else {}
    touched = frozenset(members.keys() & known.keys())
    if action.long:
        return Plan({}, action.max_duration or LONG_ACTION_SECONDS, action, touched)
    awaited = {name: value for name, value in members.items() if name in touched and (not known[name].read_only or known[name].withheld)}
    seconds = action.max_duration or max(ACTION_SECONDS, action.latency or 0.0)
    return Plan(awaited, max(seconds, _latency(twin, awaited)) + EVIDENCE_SECONDS, action, touched)


def _latency(twin: Twin, names: Mapping[str, Value]) -> float:
    return max((twin.instance.properties[name].latency or 0.0 for name in names), default=0.0)


def _danger(twin: Twin, plan: Plan) -> int:
    dangers = [twin.instance.properties[name].danger for name in plan.touched]
    return max([*dangers, plan.action.danger if plan.action is not None else 0])


def _check_role(command: Command, twin: Twin, plan: Plan) -> None:
    role = command.principal.role
    if not may(role, Permission.CONTROL):
        raise Forbidden(f"the role {role.value} may not control appliances")
    if not may(role, Permission.WRITE_PRIVATE) and not twin.private.isdisjoint(plan.touched):
        raise Forbidden("only an owner may write what is private")
    _check_never(twin, plan)


def _check_confirmed(command: Command, twin: Twin, plan: Plan, confirmations: Confirmations) -> None:
    """Let the profile judge first, so that no token is given for what would be refused anyway."""
    confirmed = confirmations.holds(command)
    try:
        check_state(command, twin, plan, confirmed=confirmed)
        _check_danger(twin, plan, confirmed=confirmed)
    except NeedsConfirmation as error:
        detail, extra = error.detail, error.extra
        if asked_by_a_person(command):
            extra = {**extra, "confirm": confirmations.issue(command)}
        else:
            detail = f"{UNASKED}: {detail}" if error.constraint else UNASKED
        raise NeedsConfirmation(detail, constraint=error.constraint, property=error.property, **extra) from error


def _check_danger(twin: Twin, plan: Plan, *, confirmed: bool) -> None:
    if _danger(twin, plan) >= CONFIRM and not confirmed:
        raise NeedsConfirmation("send it again with this token within 60 s if a person agrees")


def _check_never(twin: Twin, plan: Plan) -> None:
    if _danger(twin, plan) >= NEVER:
        raise Forbidden("this can only be done at the appliance itself")
