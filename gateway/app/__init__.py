"""The wiring: the only room, beside the command line, that knows every other room.

settings   what a gateway is told at start          ground    what everything stands on: disk, identity, trust
running    which rooms there are, in which order    doors     who can come in where: broker, CoAP, pairing, announcements
gateway    the running whole, for who started it
"""

from gateway.app.gateway import Gateway
from gateway.app.running import run_gateway
from gateway.app.settings import LOOPBACK, Settings, check_loopback, make_folder

__all__ = ["LOOPBACK", "Gateway", "Settings", "check_loopback", "make_folder", "run_gateway"]
