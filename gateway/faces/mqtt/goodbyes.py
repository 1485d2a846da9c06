"""The goodbye of an appliance that was put out: the broker that cuts it off speaks no last will for it, so the hub does.

Without it the broker would go on keeping that the appliance is online, and everybody would believe it.
"""

from gateway.protocol.mqtt import MqttClient
from gateway.protocol.payload import json_bytes
from gateway.protocol.topics import ROOT
from gateway.thing.clock import Clock
from gateway.thing.timestamp import iso
from gateway.trust.client import Client
from gateway.trust.clients import Listener

REASON = "its key was revoked"


def goodbyes(link: MqttClient, clock: Clock) -> Listener:
    """Return what says over `link`, for each native appliance that is put out, that it is offline."""

    async def take(client: Client) -> None:
        if client.valid(clock.now()):
            return
        for root in client.roots:
            if root.startswith(f"{ROOT}/"):
                gone = {"state": "offline", "since": iso(clock.now()), "reason": REASON}
                link.publish_soon(f"{root}/self/avail", json_bytes(gone), retain=True, keep=True)

    return take
