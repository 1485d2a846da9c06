"""The table of rights on MQTT: everybody gets what the role says, and no filter reaches what is another's."""

import itertools
from typing import Any

import pytest

from gateway.errors import SchemaViolation
from gateway.faces.mqtt.rules import TABLE, Right, identity
from gateway.protocol.broker.plan import Identity
from gateway.protocol.mqtt.matching import Matcher
from gateway.thing.principal import Role
from gateway.trust.client import Client
from gateway.trust.roles import Permission, may

GATEWAY = "hub-1"
ROOT = f"hulian/1/{GATEWAY}"
PEOPLE = (Role.VIEWER, Role.USER, Role.OWNER, Role.SERVICE, Role.FACTORY)
PUBLIC = (
    "$/avail",
    "$/devices",
    "light-1/td",
    "light-1/avail",
    "light-1/s",
    "light-1/p/power",
    "light-1/ack",
    "light-1/run/x",
    "light-1/e/fault",
)
COMMANDS = ("light-1/p/power/set", "light-1/s/set", "light-1/a/identify")
FOREIGN = (
    f"{ROOT}/c/other-1/rpc",
    f"{ROOT}/c/other-1/ack",
    "hulian/1/hub-2/light-1/s",
    "hulian/1/kettle-1/self/s",
    "tele/lamp/STATE",
    "zigbee2mqtt/x",
    "$SYS/broker/version",
    "$CONTROL/dynamic-security/v1",
)


def client(role: Role, **more: Any) -> Client:
    usual: dict[str, Any] = {"id": "phone-1", "name": "Phone", "role": role, "added": 0.0, "by": "local"}
    return Client(**usual | more)


def allowed(filters: tuple[str, ...], topic: str) -> bool:
    matcher = Matcher()
    for each in filters:
        matcher.add(each, lambda _: None)
    return bool(matcher.handlers(topic))


@pytest.mark.parametrize("role", PEOPLE)
def test_everybody_but_an_appliance_hears_what_is_public_and_has_a_branch(role: Role) -> None:
    rights = identity(client(role), GATEWAY)
    for topic in (*(f"{ROOT}/{tail}" for tail in PUBLIC), "homeassistant/device/x/config", f"{ROOT}/c/phone-1/ack"):
        assert allowed(rights.receive, topic), topic
    assert allowed(rights.publish, f"{ROOT}/c/phone-1/rpc")
    for tail in ("", "/ack", "/x", "/rpc/x"):  # the broker would keep what is retained there
        assert not allowed(rights.publish, f"{ROOT}/c/phone-1{tail}"), tail


@pytest.mark.parametrize("role", Role)
def test_nobody_hears_or_says_what_is_anothers(role: Role) -> None:
    rights = identity(client(role, roots=("hulian/1/lamp-1",)), GATEWAY)
    for topic in FOREIGN:
        assert not allowed(rights.receive, topic), topic
        assert not allowed(rights.publish, topic), topic
    for topic in PUBLIC:
        assert not allowed(rights.publish, f"{ROOT}/{topic}"), topic


@pytest.mark.parametrize("role", Role)
def test_only_who_may_control_publishes_bare_commands(role: Role) -> None:
    rights = identity(client(role), GATEWAY)
    for tail in COMMANDS:
        assert allowed(rights.publish, f"{ROOT}/{tail}") == (role in {Role.USER, Role.OWNER}), tail
    assert allowed(rights.publish, "homeassistant/status") == (role in {Role.USER, Role.OWNER})


def test_an_appliance_has_its_own_roots_and_nothing_of_the_gateway() -> None:
    rights = identity(client(Role.DEVICE, roots=("hulian/1/lamp-1", "tele/lamp")), GATEWAY)
    for topic in ("hulian/1/lamp-1/self/s", "hulian/1/lamp-1/self/p/power/set", "tele/lamp/STATE"):
        assert allowed(rights.receive, topic)
        assert allowed(rights.publish, topic)
    for topic in (
        *(f"{ROOT}/{tail}" for tail in (*PUBLIC, *COMMANDS)),
        f"{ROOT}/c/phone-1/rpc",
        "hulian/1/lamp-2/self/s",
        "tele/lamp2/STATE",
    ):
        assert not allowed(rights.receive, topic), topic
        assert not allowed(rights.publish, topic), topic
    assert rights.literal == ()


def test_a_person_with_roots_gets_none_of_them() -> None:
    assert "hulian/1/lamp-1/#" not in identity(client(Role.OWNER, roots=("hulian/1/lamp-1",)), GATEWAY).publish


@pytest.mark.parametrize("id", ["", "c", "p", "a", "run", "$", "#", "+", "a/b", "../x", "+/#", "$SYS", "Ä", "x\0y", "x" * 65, "x" * 10_000])
def test_an_id_that_could_mean_other_topics_gets_nothing(id: str) -> None:
    with pytest.raises(SchemaViolation):
        identity(client(Role.USER, id=id), GATEWAY)


@pytest.mark.parametrize(
    "root",
    [
        *("", "#", "+", "hulian/+/x", "a//b", "/a", "a/", "$SYS", "a/$x", "x\0", "x\n", "x" * 201),
        *("hulian", "hulian/1", ROOT, f"{ROOT}/light-1", "homeassistant", "homeassistant/x"),
    ],
)
def test_a_root_that_holds_or_lies_in_anothers_topics_is_refused(root: str) -> None:
    with pytest.raises(SchemaViolation):
        identity(client(Role.DEVICE, roots=("tele/x", root)), GATEWAY)


def test_each_line_of_the_table_gives_somebody_something() -> None:
    for rule, role in itertools.product(TABLE, Role):
        rights: Identity = identity(client(role, roots=("hulian/1/lamp-1",)), GATEWAY)
        filled = rule.filter.format(gateway=GATEWAY, client="phone-1", root="hulian/1/lamp-1")
        has = filled in getattr(rights, rule.right.value)
        assert has == any(
            filled == other.filter.format(gateway=GATEWAY, client="phone-1", root="hulian/1/lamp-1")
            for other in TABLE
            if other.right is rule.right and other.permission in _granted(role)
        )
    assert {rule.right for rule in TABLE} == set(Right)


def _granted(role: Role) -> frozenset[Any]:
    return frozenset(permission for permission in Permission if may(role, permission))
