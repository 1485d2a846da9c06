"""A wire in clear on the LAN is named; one on loopback or behind the hub's own broker is not."""

from gateway.drivers.exposure import in_clear
from gateway.drivers.supervisor import SessionStatus
from gateway.drivers.supervisor.status import SessionState
from gateway.drivers.table import load, names


def session(driver: str, address: str, *devices: str, secret: bool = False) -> SessionStatus:
    return SessionStatus(
        driver=driver, key="7", devices=devices, state=SessionState.OPEN, since=0.0, reason="", attempts=0, address=address, secret=secret
    )


def test_every_unit_with_a_wire_in_clear_beyond_this_machine_is_named() -> None:
    sessions = [
        session("midea", "192.168.1.9", "ac-1"),
        session("midea", "192.168.1.11", "ac-2", secret=True),
        session("native", "192.168.1.10", "lamp-1"),
        session("native", "fe80::1"),
        session("midea", "aircon.home"),
        session("native", "127.0.0.9", "lamp-2"),
        session("native", "::1", "lamp-3"),
        session("native", "", "lamp-4"),
    ]
    said = in_clear(sessions, load, lambda _: False)
    assert [line.partition(" at ")[0] for line in said] == ["ac-1", "lamp-1", "native:7", "midea:7"]
    assert all("keeps nobody out" in line for line in said)


def test_every_driver_says_whether_it_speaks_in_clear() -> None:
    assert {name: bool(load(name).clear) for name in names()} == {
        "native": True,
        "midea": True,
        "echonet": True,
        "gree": True,
        "miio": False,
        "daikin": True,
        "broadlink": True,
        "androidtv": False,
        "dlna": True,
        "esphome": True,
        "mqttdiscovery": False,
        "zigbee2mqtt": False,
    }
