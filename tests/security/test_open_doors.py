"""What a hub shows to a network: the ports it listens on, in every state, and what a stranger learns before any key."""

import json
import re
import socket
import ssl
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509

from tests.kit.brokers import needs_mosquitto
from tests.kit.demo import ROOT, eventually, program
from tests.kit.hosts import needs_hosts
from tests.kit.household import Household, household

pytestmark = [needs_hosts, needs_mosquitto, pytest.mark.long, pytest.mark.timeout(180)]

Port = tuple[str, str, str]
STATES = ("no owner", "owner", "LAN, no owner", "LAN, owner")
LOOK_SECONDS = 2.0
WITH_HTTP = ("--http-port", "8080")
TXT_KEYS = {"txtvers", "id", "lv", "b", "pr", "td", "type", "scheme", "k", "mq", "topic"}
PUBLIC_PATHS = {"/d", "/pair", "/.well-known/edhoc"}
SERIAL, NAMED, ROOM, OWNER, LAMP = "LMP-0042-7731", "grandmothers lamp", "the blue bedroom", "wang's telephone", "lamp-7f3k2m"

BROWSE = """
import json, sys, time
from zeroconf import ServiceBrowser, Zeroconf
found = {}
class Listener:
    def add_service(self, zeroconf, type_, name):
        info = zeroconf.get_service_info(type_, name, 3000)
        if info: found[type_] = {key.decode(): (value or b"").decode() for key, value in info.properties.items()} | {"": info.server}
    update_service = remove_service = add_service
zeroconf = Zeroconf(interfaces=[sys.argv[1]])
for type_ in ("_wot._udp.local.", "_coap._udp.local.", "_mqtt._tcp.local.", "_secure-mqtt._tcp.local."):
    ServiceBrowser(zeroconf, type_, Listener())
time.sleep(4)
print(json.dumps(found))
"""
GREET = """
import ssl, sys
print(ssl.get_server_certificate((sys.argv[1], int(sys.argv[2]))))
"""


def documented(state: str, lan: str) -> set[Port]:
    """Return the rows of the table of ports that are open in a state."""
    page = (ROOT / "SECURITY.md").read_text()
    lines = [line for line in page[page.index("\n## Ports") : page.index("\n## What is kept")].splitlines() if line.startswith("| ")]
    head, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    column = head.index(state)
    return {(row[0], row[1].replace("LAN", lan), row[2]) for row in rows if row[column] == "open"}


def unlike(home: Household, state: str) -> str:
    """Return how what listens now differs from the table; empty when it does not."""
    table = documented(state, home.hub.address)
    listening = {(kind, address, str(port)) for kind, address, port in home.hub.listening()}
    named = {port for port in table if port[2].isdigit()}
    at_times = {(kind, address, port.removesuffix("*")) for kind, address, port in table if port.endswith("*")}
    searching = {port for port in listening - named if port in at_times or ((*port[:2], "any") in table and int(port[2]) >= 32768)}
    extra, missing = listening - named - searching, named - listening
    return "" if not extra and not missing else f"not in the table: {sorted(extra)}; not open: {sorted(missing)}"


def check(home: Household, state: str, what: str) -> None:
    """Wait until the ports are those of the table, then look for a while whether they stay so."""
    eventually(lambda: not unlike(home, state), f"{what}: {unlike(home, state)}")
    ending = time.monotonic() + LOOK_SECONDS
    while time.monotonic() < ending:
        assert unlike(home, state) == "", what
        time.sleep(0.2)


@contextmanager
def window(home: Household) -> Iterator[None]:
    """Keep the pairing window open."""
    with socket.socket(socket.AF_UNIX) as control:
        control.connect(str(home.data / "control.sock"))
        control.sendall(json.dumps({"id": 1, "call": "pair", "with": {"role": "viewer", "means": ["pin"]}}).encode() + b"\n")
        assert b'"pin"' in control.recv(4096)
        yield


@pytest.mark.parametrize("lan", [False, True], ids=["this machine only", "served to the LAN"])
def test_the_ports_of_a_hub_are_the_documented_ones_in_every_state(tmp_path: Path, lan: bool) -> None:
    fresh, owned = STATES[2:] if lan else STATES[:2]
    with household(tmp_path, *WITH_HTTP, lan=lan) as home:
        check(home, fresh, "a fresh hub")
        with window(home):
            check(home, fresh, "a fresh hub with its window open")
        home.hulian("pair", "--to", str(tmp_path / "owner"), "--name", OWNER, "--role", "owner")
        check(home, owned, "a hub with an owner")
        with window(home):
            check(home, owned, "a hub with an owner and its window open")
        home.call("reset")
        check(home, fresh, "a reset hub")


def test_a_port_that_is_not_documented_is_found(tmp_path: Path) -> None:
    """The comparison itself: something else that listens on the hub's machine shows."""
    with household(tmp_path, *WITH_HTTP) as home:
        eventually(lambda: not unlike(home, STATES[2]), "the hub is as documented")
        listen = "import socket, time; s = socket.create_server(('::', 8081), family=socket.AF_INET6); time.sleep(60)"
        home.hub.start([sys.executable, "-c", listen], log=tmp_path / "other.log")
        eventually(lambda: "8081" in unlike(home, STATES[2]), "the open port is seen")


def test_a_stranger_learns_no_name_room_owner_or_serial(tmp_path: Path) -> None:
    with household(tmp_path) as home:
        home.hulian("pair", "--to", str(tmp_path / "owner"), "--name", OWNER, "--role", "owner")
        home.hulian("pair", "--to", str(tmp_path / "lamp"), "--name", SERIAL, "--role", "device", "--device", LAMP)
        words = ["light", "--wire", "native-mqtt", "--address", home.hub.address, "--id", LAMP, "--title", SERIAL]
        home.hub.start(
            [sys.executable, "-m", "firmware_sim.cli", *words, "--credentials", str(tmp_path / "lamp")], log=tmp_path / "sim.log"
        )
        eventually(lambda: [each for each in home.call("devices")["devices"] if each["id"] == LAMP], "the lamp is in the home")
        home.call("name", device=LAMP, name=NAMED)
        home.call("room", device=LAMP, room=ROOM)
        with home.outside.captured(tmp_path / "cable.pcap") as frames:
            services = json.loads(home.outside.run([sys.executable, "-c", BROWSE, home.outside.address]).stdout)
            core = knock(home, "/.well-known/core")
            refused = [knock(home, path) for path in ("/.well-known/wot", "/d", "/nothing/here", "/rd", "/pair")]
            paper = home.outside.run([sys.executable, "-c", GREET, home.hub.address, "8883"]).stdout
        assert {"_wot._udp.local.", "_secure-mqtt._tcp.local."} <= set(services)
        assert "_mqtt._tcp.local." not in services
        for txt in services.values():
            assert txt.pop("") == f"{home.gateway}.local."
            assert set(txt) <= TXT_KEYS, txt
        assert set(re.findall(r"<([^>]*)>", core)) <= PUBLIC_PATHS, core
        assert all(answer.strip() for answer in refused)
        certificate_says_only_where(home, paper)
        assert frames.told["dropped"] == 0
        assert frames.find([home.gateway]), "the capture sees what is in clear"
        version = home.call("status")["version"]
        assert frames.find([SERIAL, NAMED, ROOM, OWNER, LAMP, version, "light", "mosquitto", "Python", "aiocoap"]) == {}


def test_a_hub_that_is_not_served_to_the_lan_says_nothing_there(tmp_path: Path) -> None:
    with household(tmp_path, lan=False) as home, home.outside.captured(tmp_path / "cable.pcap") as frames:
        services = json.loads(home.outside.run([sys.executable, "-c", BROWSE, home.outside.address]).stdout)
        identifier = home.gateway
    assert services == {}
    assert frames.find(["_wot"]), "the question was heard"
    assert frames.find([identifier]) == {}


def knock(home: Household, path: str) -> str:
    """Return what libcoap's client says after asking without a key."""
    coap = program("coap-client-notls", "coap-client")
    said = home.outside.run([coap, "-B", "3", "-m", "get", f"coap://{home.hub.address}{path}"], check=False)
    return said.stdout + said.stderr


def certificate_says_only_where(home: Household, paper: str) -> None:
    """The certificate names the hub and its addresses, nobody and nothing else."""
    certificate = x509.load_der_x509_certificate(ssl.PEM_cert_to_DER_cert(paper))
    assert [part.value for part in certificate.subject] == [home.gateway]
    assert [part.value for part in certificate.issuer] == [f"{home.gateway} authority"]
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert home.hub.address in [str(address) for address in names.get_values_for_type(x509.IPAddress)]
    assert all(home.gateway in name or name == "localhost" for name in names.get_values_for_type(x509.DNSName))
