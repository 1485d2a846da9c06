"""Each check at the doors is taken out in turn, and at least one cell of the matrix, or one test of conformance, must notice."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from aiocoap import oscore

from gateway.faces.coap import gate, pairing
from gateway.faces.coap.face import Routes
from gateway.faces.coap.watching import Watching
from gateway.faces.control.calls import Calls
from gateway.faces.mqtt import rules
from gateway.faces.mqtt.commands import Commands
from gateway.faces.mqtt.keeper import Keeper
from gateway.faces.mqtt.rules import Right, Rule
from gateway.faces.mqtt.senders import Senders
from gateway.home import admission, home
from gateway.protocol.broker import rights
from gateway.protocol.coap.message import Method
from gateway.protocol.coap.server import CoapServer
from gateway.protocol.resources import Resource
from gateway.protocol.topics import Topics
from gateway.thing.principal import LOCAL, Principal, Role
from gateway.trust import roles
from gateway.trust.access import Access
from gateway.trust.client import Client
from gateway.trust.keys import Keys
from gateway.trust.roles import Permission
from gateway.trust.window import PairingWindow
from tests.conformance import test_x1_roles, test_x2_credentials
from tests.kit.brokers import needs_mosquitto
from tests.routes import found, mqtt_tries, test_complete
from tests.routes.coap_tries import TRIES
from tests.routes.coap_tries import try_line as try_coap
from tests.routes.mqtt_wire import Shut
from tests.routes.stage import stage, without_waiting
from tests.routes.table import IDENTITIES, table

pytestmark = [pytest.mark.long, needs_mosquitto]
Patch = pytest.MonkeyPatch
Probe = Callable[[Path, Patch], Awaitable[None]]
NOTICED = (AssertionError, Shut, TimeoutError)
OWNER = Principal("somebody", Role.OWNER)
real_new, real_routes, real_calls = CoapServer.__init__, Routes.__init__, Calls.table


def coap(state: str) -> Probe:
    """Return what tries every cell of CoAP in a state."""

    async def probe(folder: Path, _patch: Patch) -> None:
        async with stage(folder, state) as made:
            for place in made.ports:
                for title in TRIES:
                    for identity in IDENTITIES:
                        await try_coap(made, table().lines["coap"][title], identity, place)

    return probe


def mqtt(state: str) -> Probe:
    """Return what tries every cell of MQTT in a state, over loopback where no key is needed."""

    async def probe(folder: Path, _patch: Patch) -> None:
        async with stage(folder, state) as made, mqtt_tries.choir(made, folder) as singing:
            for line in table().lines["mqtt"].values():
                for identity in IDENTITIES:
                    await mqtt_tries.try_line(singing, line, identity, "loopback" if state == "fresh" else "lan")

    return probe


async def complete(_folder: Path, _patch: Patch) -> None:
    """Compare the routes of the program with the lines of the table."""
    test_complete.test_every_coap_route_is_in_the_table_and_every_line_is_a_route()
    test_complete.test_every_control_call_is_in_the_table_and_every_line_is_a_call()
    test_complete.test_every_kind_of_topic_is_in_the_table_and_every_line_is_one_or_lies_outside_the_hub()
    test_complete.test_only_what_is_said_to_be_public_answers_strangers()


bare = test_x1_roles.test_x1_on_bare_topics_a_message_acts_as_a_users_and_only_of_those_who_may
each_role = test_x1_roles.test_x1_every_role_may_do_with_every_affordance_what_the_standard_says_and_nothing_else
replayed = test_x2_credentials.test_x2_a_recorded_datagram_has_no_effect_from_whomever_and_whenever_it_comes
put_out = test_x2_credentials.test_x2_a_client_that_is_put_out_is_cut_off_while_it_listens_and_lets_nobody_in_again


def nothing(*_: Any, **__: Any) -> None:
    """Check nothing."""


async def later_nothing(*_: Any, **__: Any) -> None:
    """Do nothing."""


def yes(*_: Any, **__: Any) -> bool:
    """Find everything in order."""
    return True


def no_lan(self: CoapServer, *given: Any, **more: Any) -> None:
    real_new(self, *given, **more | {"lan": False})


def one_more_route(self: Routes, *given: Any) -> None:
    real_routes(self, *given)
    self.table[Resource.STATE, Method.PUT] = self.table[Resource.STATE, Method.IPATCH]


def one_more_call(self: Calls) -> Any:
    return {**real_calls(self), "backdoor": self._status}


def keys_outlive(patch: Patch) -> None:
    patch.setattr(Client, "valid", yes)
    patch.setattr(Keys, "_may_come_in", yes)
    patch.setattr(Keys, "_changed", later_nothing_but_new)


async def later_nothing_but_new(self: Keys, client: Client) -> None:
    if client.revoked is None and (key := self._read(client.id)) is not None:
        self._by_kid[key.recipient_id] = key


def with_rules(*changed: Rule) -> Callable[[Patch], None]:
    """Return what adds rules to the broker's table."""
    return lambda patch: patch.setattr(rules, "TABLE", (*rules.TABLE, *changed))


def put(where: Any, name: str, value: Any) -> Callable[[Patch], None]:
    """Return what puts something else in the place of a check."""
    return lambda patch: patch.setattr(where, name, value)


def opened(name: str, permission: Permission = Permission.READ, right: Right = Right.RECEIVE) -> Callable[[Patch], None]:
    """Return what opens some topics to all who may read."""
    return with_rules(Rule(permission, right, name))


HUB = "hulian/1/{gateway}"
MUTANTS: Mapping[str, tuple[Callable[[Patch], None], Probe]] = {
    "coap: nobody is asked for a key or role": (put(gate, "require", nothing), coap("paired")),
    "coap: strangers are not told apart": (put(gate.Gate, "_for_strangers", lambda *_: False), coap("paired")),
    "coap: strangers are told of devices": (put(gate, "strangers_document", lambda _: b"</d/lamp-1/s>"), coap("paired")),
    "coap: one more resource is public": (lambda patch: patch.setitem(gate.PUBLIC, ("d",), gate._core), complete),
    "coap: what comes over the LAN is taken for this machine's": (put(CoapServer, "__init__", no_lan), coap("fresh")),
    "coap: what is private can be watched": (put(Watching, "_private", lambda *_: False), coap("paired")),
    "coap: there is a route nobody wrote down": (put(Routes, "__init__", one_more_route), complete),
    "coap: something more can be watched": (put(found, "OBSERVABLE", frozenset(Resource)), complete),
    "access: loopback is open for ever": (put(Access, "open", property(yes)), coap("paired")),
    "access: loopback is the owner's for ever": (put(Access, "local", lambda _: LOCAL), coap("paired")),
    "access: every key is an owner's": (put(Access, "principal", lambda *_: OWNER), coap("paired")),
    "access: who was put out is still in, on MQTT": (put(Client, "valid", yes), mqtt("paired")),
    "access: who was put out is still in, on CoAP": (keys_outlive, coap("paired")),
    "pairing: a closed window is open": (put(PairingWindow, "required", lambda self, _means=None: self.now_open), coap("paired")),
    "pairing: anybody with a key opens the window": (put(pairing, "require", nothing), coap("paired")),
    "home: roles are not asked": (put(admission, "may", yes), coap("paired")),
    "home: what is private can be read": (put(home, "may_read", yes), coap("paired")),
    "home: danger 3 is done": (put(admission, "_check_never", nothing), coap("paired")),
    "home: danger 2 needs nobody": (put(admission, "_check_danger", nothing), coap("paired")),
    "control: there is a call nobody wrote down": (put(Calls, "table", one_more_call), complete),
    "mqtt: there is a topic nobody wrote down": (lambda patch: patch.setattr(Topics, "diary", lambda _: "", raising=False), complete),
    "mqtt: every branch is an owner's": (put(Senders, "of_branch", lambda *_: OWNER), each_role),
    "mqtt: bare topics are an owner's": (put(Senders, "of_bare_topic", lambda _: OWNER), bare),
    "mqtt: retained commands are done": (put(Commands, "_refuse_retained", Commands._line_up), bare),
    "mqtt: the broker keeps nothing to itself": (put(rights, "_PRIVATE", ()), mqtt("fresh")),
    "mqtt: commands are heard by all": (opened(f"{HUB}/+/a/+"), mqtt("paired")),
    "mqtt: envelopes are heard by all": (opened(f"{HUB}/c/+/rpc"), mqtt("paired")),
    "mqtt: answers are heard by all": (opened(f"{HUB}/c/#"), mqtt("paired")),
    "mqtt: all may speak for a device": (opened(f"{HUB}/+/s", right=Right.PUBLISH), mqtt("paired")),
    "mqtt: all may ask": (opened(f"{HUB}/+/a/+", right=Right.PUBLISH), mqtt("paired")),
    "mqtt: all branches may be written": (opened(f"{HUB}/c/+/rpc", right=Right.PUBLISH), mqtt("paired")),
    "mqtt: what is shared may be taken": (opened("$share/#", right=Right.SUBSCRIBE), mqtt("paired")),
    "mqtt: appliances speak for others": (opened("hulian/1/#", Permission.SPEAK, Right.PUBLISH), mqtt("paired")),
    "mqtt: appliances hear others": (
        with_rules(*(Rule(Permission.SPEAK, right, "hulian/1/#") for right in (Right.RECEIVE, Right.SUBSCRIBE))),
        mqtt("paired"),
    ),
    "replay: a number may come again": (put(oscore.ReplayWindow, "is_valid", yes), replayed),
    "revoke: what is under way on CoAP goes on": (put(CoapServer, "cut", nothing), put_out),
    "revoke: the broker is not told": (put(Keeper, "_tell", later_nothing), put_out),
}


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
    else:
        yield error


async def notices(probe: Probe, folder: Path, patch: Patch) -> bool:
    """Return whether a probe fails, for a reason that a test fails for."""
    folder.mkdir()
    try:
        await probe(folder, patch)
    except (*NOTICED, ExceptionGroup) as error:
        strange = [each for each in _leaves(error) if not isinstance(each, NOTICED)]
        assert not strange, f"it broke instead of failing: {strange}"
        return True
    return False


@pytest.mark.parametrize("name", MUTANTS)
async def test_a_check_that_is_taken_out_is_missed(tmp_path: Path, monkeypatch: Patch, name: str) -> None:
    without_waiting(monkeypatch)
    change, probe = MUTANTS[name]
    change(monkeypatch)
    assert await notices(probe, tmp_path / "probe", monkeypatch)


@pytest.mark.parametrize("number", range(len(rules.TABLE)), ids=lambda number: f"{rules.TABLE[number].right} {rules.TABLE[number].filter}")
async def test_a_right_that_is_taken_away_is_missed(tmp_path: Path, monkeypatch: Patch, number: int) -> None:
    without_waiting(monkeypatch)
    monkeypatch.setattr(rules, "TABLE", rules.TABLE[:number] + rules.TABLE[number + 1 :])
    assert await notices(mqtt("paired"), tmp_path / "probe", monkeypatch)


UNSEEN: Mapping[Permission, frozenset[Role]] = {
    Permission.CONFIRM: frozenset({Role.VIEWER, Role.SERVICE, Role.FACTORY, Role.DEVICE}),
    Permission.WRITE_PRIVATE: frozenset({Role.VIEWER, Role.SERVICE, Role.FACTORY, Role.DEVICE}),
    Permission.READ_PRIVATE: frozenset({Role.DEVICE}),
    Permission.SPEAK: frozenset(Role) - {Role.DEVICE},
}
"""Permissions that say nothing without another: what may be confirmed or written in private by those who control nothing, read in
private by those who may not read, and spoken by those who have no root of topics."""


SEEN = [(role, permission) for role in Role for permission in Permission if role not in UNSEEN.get(permission, ())]


@pytest.mark.parametrize(("role", "permission"), SEEN)
async def test_a_permission_given_or_taken_is_missed(tmp_path: Path, monkeypatch: Patch, role: Role, permission: Permission) -> None:
    without_waiting(monkeypatch)
    monkeypatch.setitem(roles.TABLE, role, roles.TABLE[role] ^ {permission})
    first, second = tmp_path / "coap", tmp_path / "mqtt"
    assert await notices(coap("paired"), first, monkeypatch) or await notices(mqtt("paired"), second, monkeypatch)


async def test_with_every_check_in_place_nothing_is_missed(tmp_path: Path, monkeypatch: Patch) -> None:
    without_waiting(monkeypatch)
    probes = (coap("paired"), coap("fresh"), mqtt("paired"), mqtt("fresh"), complete, bare, each_role, replayed, put_out)
    for number, probe in enumerate(probes):
        assert not await notices(probe, tmp_path / str(number), monkeypatch)
