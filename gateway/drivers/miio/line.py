"""The line to one device: numbered requests, each with a stamp a second later than what the device last said its own clock shows.

A device keeps silent about whatever it does not like: another token, a stamp that is too old (after a restart its clock begins anew), a
number it has seen. So silence is met with a hello, which every device answers: that renews the stamp, and tells a wrong token from a device
that is away. A device whose second processor is busy says `user ack timeout`; it is asked again a little later.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import Any, Final, cast

from gateway.drivers.miio.packet import HELLO, Answer, Introduction, decode, decode_request, encode
from gateway.drivers.parts.exchange import Exchange, exchange
from gateway.errors import DeviceFailure, Offline, TimedOut, Unauthenticated
from gateway.thing.clock import Clock

Said = Introduction | Answer
BUSY: Final = (-9999, -30001)
"""`user ack timeout` and its older form."""
REFUSES: Final = (
    "it answers the greeting but nothing else: the token is probably not this device's, or of the time before it was last reset;"
    " `hulian guide miio` tells how to get it, and `hulian credentials` how to give it"
)
_QUIET: Final = 20.0
"""Seconds without a word after which the stamp is renewed before anything else: some devices take none that is 30 to 60 s old."""
_FIRST, _AGAIN = 2, 3
"""Times a request is sent before and after a hello."""
_HELLOS = 3
_PAUSES: Final = (0.3, 0.8)
"""Seconds to wait before a busy device is asked again."""
_LATE: Final = 5
"""Seconds a greeting may be late without being taken for one of a device that was restarted."""
_MOST_NUMBER: Final = 9999


class Refused(DeviceFailure):
    """The device answered with an error; `number` is its code."""

    def __init__(self, number: int, message: str) -> None:
        super().__init__(f"the device answered {number}{f' ({message})' if message else ''}")
        self.number = number


class Line:
    """An open line; use `line`. `device` is the number it introduced itself with; `closed` ends with an error when the line is over."""

    def __init__(self, talk: Exchange[Said], token: bytes, clock: Clock, random: Random) -> None:
        self.device = 0
        self.closed = talk.closed
        self._talk = talk
        self._token = token
        self._clock = clock
        self._stamp = 0
        self._heard_at = float("-inf")
        self._trusted = False
        self._number = random.randrange(1, _MOST_NUMBER)
        talk.heard = self._heard

    async def greet(self) -> Introduction:
        """Say hello, and renew the stamp; raise TimedOut when nobody answers."""
        try:
            answer = await self._talk.ask(lambda: HELLO, lambda message: isinstance(message, Introduction), tries=_HELLOS)
        except TimedOut:
            raise TimedOut(
                "the device does not answer; is it switched on, and in the hub's own network? Newer ones hear nobody outside it"
            ) from None
        said = cast("Introduction", answer)
        if self.device not in (0, said.device):
            raise Offline(f"another device lives at this address now: {said.device}")
        self.device = said.device
        return said

    async def call(self, method: str, params: Any, *, once: bool = False, pauses: Sequence[float] = _PAUSES) -> Any:
        """Return the result of a method. `once`: never ask twice for it, because it does something. `pauses`: for a busy device.

        Raises Unauthenticated (a wrong token), TimedOut, Offline, or Refused with the device's own code.
        """
        for pause in (*pauses, None):
            answer = await self._asked(method, params, once=once)
            if not answer.code:
                return answer.result
            if answer.code in BUSY and once:
                raise TimedOut("the device is busy, and may or may not do it")
            if answer.code not in BUSY or pause is None:
                break
            await self._clock.sleep(pause)
        raise Refused(answer.code, answer.message)

    async def _asked(self, method: str, params: Any, *, once: bool) -> Answer:
        """Send the request until it is answered; a hello in between renews what may be wrong with it."""
        numbers: set[int] = set()
        if self._clock.monotonic() - self._heard_at > _QUIET:
            await self.greet()
        try:
            return await self._sent(method, params, numbers, tries=1 if once else _FIRST)
        except TimedOut:
            await self.greet()
            if once:
                raise
        with suppress(TimedOut):
            return await self._sent(method, params, numbers, tries=_AGAIN)
        if self._trusted:
            raise TimedOut("the device answers the greeting, but not what it is asked")
        raise Unauthenticated(REFUSES)

    async def _sent(self, method: str, params: Any, numbers: set[int], *, tries: int) -> Answer:
        def question() -> bytes:
            numbers.add(number := self._next())
            return encode(self.device, self._stamp + 1, number, method, params, self._token)

        def answers(message: Said) -> bool:
            return isinstance(message, Answer) and message.number in numbers

        return cast("Answer", await self._talk.ask(question, answers, tries=tries))

    def _next(self) -> int:
        """Return a number this line has not used lately; a device never answers to zero."""
        self._number = self._number % _MOST_NUMBER + 1
        return self._number

    def _heard(self, message: Said) -> None:
        """Take the device's clock from whatever it says, but not what it said a while ago; one that is far behind has been restarted."""
        restarted = isinstance(message, Introduction) and message.stamp < self._stamp - _LATE
        if message.stamp >= self._stamp or restarted:
            self._stamp = message.stamp
        self._trusted = self._trusted or isinstance(message, Answer)
        self._heard_at = self._clock.monotonic()


def token_of(text: str) -> bytes:
    """Return a token from its 32 hexadecimal digits; raise Unauthenticated when these are none."""
    try:
        token = bytes.fromhex(text)
    except ValueError:
        token = b""
    if len(token) != 16:  # noqa: PLR2004 - a token's length
        raise Unauthenticated(
            "this device needs its token, 32 hexadecimal digits; `hulian guide miio` tells how to get it", property="token"
        )
    return token


@asynccontextmanager
async def line(address: str, port: int, token: bytes, clock: Clock, random: Random) -> AsyncIterator[Line]:
    """Hold a line to a device open for the length of the block; raise OSError when there is no way to it."""

    def spoken(data: bytes) -> Any:
        return decode_request(data, token)

    async with exchange(address, port, lambda data: decode(data, token), clock, random, spoken=spoken) as talk:
        yield Line(talk, token, clock, random)
