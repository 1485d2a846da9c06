"""amqtt as a program: `python -m gateway.protocol.broker.amqtt_child HOST PORT`, until its standard input ends.

With a secret in its environment it lets in nobody but who knows that: amqtt is for loopback, and once a home has an owner
for the gateway alone.

MQTT 3.1.1 only; whoever connects with MQTT 5 is never answered. amqtt has no limit of its own for the size of a message. It writes a page
about every client that misbehaves, so nothing of what it logs is let through; why it cannot start is said here.
"""

import asyncio
import hmac
import logging
import os
import sys
from typing import Any

from amqtt.broker import Broker
from amqtt.errors import BrokerError
from amqtt.plugins.base import BaseAuthPlugin
from amqtt.session import Session

_ANYBODY = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
_ONLY_US: dict[str, Any] = {f"{__name__ if __name__ != '__main__' else 'gateway.protocol.broker.amqtt_child'}.OnlyUs": {}}
_SECRET = "HULIAN_BROKER_SECRET"  # noqa: S105 - the name of a variable


class OnlyUs(BaseAuthPlugin):  # type: ignore[misc]  # amqtt has no types
    """Lets in who knows the secret of this run."""

    async def authenticate(self, *, session: Session) -> bool:
        """Return whether the password is right."""
        return hmac.compare_digest((session.password or "").encode(), os.environ[_SECRET].encode())


async def serve(host: str, port: int) -> None:
    """Run the broker until standard input ends."""
    broker = Broker(
        {"listeners": {"default": {"type": "tcp", "bind": f"{host}:{port}"}}, "plugins": _ONLY_US if os.environ.get(_SECRET) else _ANYBODY}
    )
    await broker.start()
    try:
        await _end_of_input()
    finally:
        await broker.shutdown()


async def _end_of_input() -> None:
    ended = asyncio.get_running_loop().create_future()

    def read() -> None:
        if not os.read(sys.stdin.fileno(), 1024) and not ended.done():
            ended.set_result(None)

    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), read)
    await ended


def main() -> int:
    """Serve; exit code 1 with the reason on stderr when the port cannot be had."""
    logging.disable()
    sys.stdout.write(f"{os.getpid()}\n")
    sys.stdout.flush()
    try:
        asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
    except BrokerError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
