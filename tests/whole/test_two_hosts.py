"""A home on two hosts, without any way to the internet: the hub on one, phones, an appliance and a stranger on the other.

Everything that passes between them is written down, and at the end searched for what only those who were let in may know.
"""

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kit.authority import new_authority
from tests.kit.brokers import needs_mosquitto
from tests.kit.demo import ask, eventually, program
from tests.kit.hosts import CABLE, NETWORK, BadCable, needs_hosts
from tests.kit.household import COAPS, MQTTS, Client, Household, Listener, household

pytestmark = [needs_hosts, needs_mosquitto, pytest.mark.long, pytest.mark.timeout(240)]

STRANGER = f"{NETWORK}.66"
LAMP, NAMED, ROOM = "lamp-7f3k2m", "grandmothers lamp", "the blue bedroom"
DEAF_SECONDS = 5.0
LISTENERS = 3
LISTENED = 27
"""What mosquitto_sub leaves with when it was let in and heard nothing for as long as it was told to listen."""
WORDS_OF_A_HOME = (LAMP, NAMED, ROOM, "brightness", "colourTemperature", '"power"', "/p/power")


def shines(control: Path) -> bool:
    """Return whether light comes out of the lamp: the simulator's truth, not what anybody says."""
    return bool(ask(str(control), {"do": "truth", "unit": LAMP})["truth"]["lumens"] > 0)


def test_a_home_on_two_hosts(tmp_path: Path) -> None:
    with household(tmp_path) as home:
        assert home.hub.run(["ip", "route", "show", "default"]).stdout == ""
        with home.hub.captured(tmp_path / "cable.pcap") as frames:
            owner = home.let_in("owner", "wang's telephone")
            lamp = home.appliance("light", LAMP, home.let_in("device", "a lamp from the shop", "--device", LAMP))
            eventually(lambda: [each for each in home.call("devices")["devices"] if each["id"] == LAMP], "the lamp is in the home")
            home.call("name", device=LAMP, name=NAMED)
            home.call("room", device=LAMP, room=ROOM)
            viewer, user = home.let_in("viewer", "the child's tablet"), home.let_in("user", "li's telephone")
            a_stranger_sees_nothing(home, tmp_path)
            a_viewer_reads_and_changes_nothing(viewer, lamp)
            a_user_switches_the_lamp(user, lamp)
            guest = an_owner_lets_a_third_in(home, owner)
            put_out_and_deaf(home, viewer, user)
            put_out_and_deaf(home, guest, user)
        assert frames.told["dropped"] == 0
        assert frames.find(["_secure-mqtt", home.gateway]), "the capture sees what is in clear"
        assert frames.find([*WORDS_OF_A_HOME, *home.canaries], not_from=STRANGER) == {}
        ids = [client["id"] for client in home.call("clients")]
        assert frames.find(ids, not_from=STRANGER, not_on=COAPS) == {}
        assert frames.find(ids), "DTLS says who comes before it is secret: SECURITY.md says so, too"
        assert frames.find([LAMP]), "what the stranger asks for itself is in clear"


def test_on_a_bad_network_everybody_comes_in_and_every_command_is_done_once(tmp_path: Path) -> None:
    """One frame in ten lost each way, a fifth of a second there and back, one in a hundred doubled: pairing, control, and putting out."""
    cable = BadCable(loss=0.1, delay=0.1, jitter=0.02, doubled=0.01)
    with household(tmp_path, cable=cable) as home:
        user = home.let_in("owner", "wang's telephone")
        lamp = home.appliance("light", LAMP, home.let_in("device", "a lamp from the shop", "--device", LAMP))
        eventually(lambda: [each for each in home.call("devices")["devices"] if each["id"] == LAMP], "the lamp is in the home")
        guest = home.let_in("viewer", "the child's tablet")
        told = listening(lambda: user.subscribe(f"{LAMP}/#"), "/avail")
        seen = listening(lambda: guest.observe(f"/d/{LAMP}/p/power"), "false")
        for number, on in enumerate((True, False, True)):
            switch(user, lamp, on=on)
            eventually(lambda said=2 * number + 1: len(ends(told.heard())) == said, "its end is told")
            user.coap(f"/d/{LAMP}/p/power", "-m", "PUT", "--payload", json.dumps(not on), "--content-format", "50")
            eventually(lambda wanted=not on: shines(lamp) is wanted, "the lamp obeys over CoAP")
            eventually(lambda said=2 * number + 2: len(ends(told.heard())) == said, "its end is told")
        assert set(ends(told.heard()).values()) == {("completed",)}
        home.hulian("revoke", guest.id, "--yes")
        time.sleep(DEAF_SECONDS)
        last = seen.heard()
        switch(user, lamp, on=True)
        assert LAMP not in guest.coap("/d", check=False)
        assert seen.heard() == last
    assert cable.told["lost"] > 0
    assert cable.told["doubled"] > 0


def listening(begin: Callable[[], Listener], word: str) -> Listener:
    """Return a client that has heard `word`; one that gave up on the bad cable is begun again, as a person would."""
    heard = []
    for _ in range(LISTENERS):
        listener = begin()
        try:
            eventually(lambda told=listener: word in told.heard() or told.process.poll() is not None, "")
        except TimeoutError:
            listener.process.terminate()
        if word in listener.heard():
            return listener
        heard.append((listener.process.poll(), listener.heard()))
    raise AssertionError(f"{LISTENERS} clients never heard {word}: {heard}")


def ends(heard: str) -> dict[str, tuple[str, ...]]:
    """Return how each command ended, from the acks in what mosquitto_sub has printed; said twice is said once."""
    acks = [json.loads(said) for topic, _, said in (line.partition(" ") for line in heard.splitlines()) if topic.endswith("/ack")]
    told: dict[str, tuple[str, ...]] = {}
    for ack in acks:
        if ack["state"] not in ("accepted", "running"):
            told[ack["id"]] = tuple(dict.fromkeys((*told.get(ack["id"], ()), ack["state"])))
    return told


def a_stranger_sees_nothing(home: Household, folder: Path) -> None:
    """Knock at every door without a key, and with a key of one's own making, from an address of its own."""
    home.outside.run(["ip", "address", "add", f"{STRANGER}/24", "dev", CABLE])
    stranger = new_authority("a stranger").write(folder / "stranger", "owner")
    hub, everything = home.hub.address, ["-A", STRANGER, "-W", "3", "-v", "-t", "#", "-V", "mqttv5"]
    keys = ["--cert", str(stranger / "client.pem"), "--key", str(stranger / "client.key"), "--insecure"]
    authority = ["--cafile", str(home.folder / "authority.pem")]
    for words in (["-p", "1883"], ["-p", str(MQTTS)], ["-p", str(MQTTS), *authority], ["-p", str(MQTTS), *authority, *keys]):
        (home.folder / "authority.pem").write_bytes(next(home.folder.glob("*-credentials/authority.pem")).read_bytes())
        heard = home.outside.run([program("mosquitto_sub"), "-h", hub, *words, *everything], check=False)
        assert heard.returncode not in (0, LISTENED), (words, heard)
        assert heard.stdout == "", words
    coap = [program("coap-client-notls", "coap-client"), "-a", STRANGER, "-B", "3", "-m", "get"]
    for path in ("/s", f"/d/{LAMP}", f"/d/{LAMP}/s", f"/d/{LAMP}/p/power", "/d", "/.well-known/wot", "/rd-lookup/res"):
        said = home.outside.run([*coap, f"coap://{hub}{path}"], check=False)
        assert not any(word in said.stdout for word in WORDS_OF_A_HOME), said
        assert "4.01" in said.stderr + said.stdout, (path, said)
    core = home.outside.run([*coap, f"coap://{hub}/.well-known/core"]).stdout
    assert not any(word in core for word in WORDS_OF_A_HOME), core


def a_viewer_reads_and_changes_nothing(viewer: Client, lamp: Path) -> None:
    state = json.loads(viewer.coap(f"/d/{LAMP}/s"))
    assert state["power"] is False
    assert NAMED in viewer.coap("/.well-known/wot") + viewer.coap("/d")
    assert json.loads(viewer.dtls(f"/d/{LAMP}/s"))["power"] is False
    assert "mac" in viewer.dtls(f"/d/{LAMP}/s", key="a guess of sixteen").lower()
    hearing = viewer.subscribe(f"{LAMP}/#")
    eventually(lambda: f"{LAMP}/p/power false" in hearing.heard(), "the viewer hears the lamp")
    refused = viewer.publish(f"{LAMP}/p/power/set", "true")
    assert "uthori" in refused.stdout + refused.stderr, refused
    answer = viewer.coap(f"/d/{LAMP}/p/power", "-m", "PUT", "--payload", "true", "--content-format", "50", check=False)
    assert "true" not in viewer.coap(f"/d/{LAMP}/p/power"), answer
    assert not shines(lamp)


def a_user_switches_the_lamp(user: Client, lamp: Path) -> None:
    switch(user, lamp, on=True)
    user.coap(f"/d/{LAMP}/p/power", "-m", "PUT", "--payload", "false", "--content-format", "50")
    eventually(lambda: not shines(lamp), "the lamp is dark")


def switch(user: Client, lamp: Path, *, on: bool) -> None:
    done = user.publish(f"{LAMP}/p/power/set", json.dumps(on))
    assert done.returncode == 0, done
    eventually(lambda: shines(lamp) is on, f"the lamp is {'lit' if on else 'dark'}")


def an_owner_lets_a_third_in(home: Household, owner: Client) -> Client:
    """Open the window from the owner's telephone, over the LAN, and come in with the PIN it shows."""
    wish = json.dumps({"do": "open", "role": "viewer", "minutes": 2, "means": ["pin"]})
    offer = json.loads(owner.coap("/pair", "-m", "POST", "--payload", wish, "--content-format", "50"))
    guest = home.join("aunt zhang", offer["pin"])
    assert guest.facts["role"] == "viewer"
    assert json.loads(guest.coap(f"/d/{LAMP}/s"))["power"] is False
    return guest


def put_out_and_deaf(home: Household, client: Client, user: Client) -> None:
    """Put a client out that listens on MQTT and observes on CoAP: five seconds later it hears nothing, and nothing lets it in again."""
    lamp = home.folder / f"{LAMP}.sock"
    heard, seen = client.subscribe(f"{LAMP}/p/power"), client.observe(f"/d/{LAMP}/p/power")
    switch(user, lamp, on=True)
    eventually(lambda: "true" in heard.heard() and "true" in seen.heard(), f"{client.id} hears the lamp")
    home.hulian("revoke", client.id, "--yes")
    time.sleep(DEAF_SECONDS)
    last = heard.heard(), seen.heard()
    own = user.subscribe(f"{LAMP}/p/power")
    for on in (False, True, False):
        switch(user, lamp, on=on)
    eventually(lambda: own.heard().count("\n") >= 3, "whoever is still in hears the lamp")
    assert (heard.heard(), seen.heard()) == last
    for path in (f"/d/{LAMP}/s", "/d"):
        assert LAMP not in client.coap(path, check=False)
        assert "mac" in client.dtls(path).lower()
    refused: subprocess.CompletedProcess[str] = client.publish(f"{LAMP}/p/power/set", "true")
    assert refused.returncode != 0, refused
    for listener in (heard, seen, own):
        home.outside.stop(listener.process)
