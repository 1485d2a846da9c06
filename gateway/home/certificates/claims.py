"""What the certificates of an appliance are worth: it is asked to prove its key when it says them, and they are judged when somebody looks.

The appliance's `claims` stay what it said; what the home thinks of them stands beside the twin. A proof holds for as long as the session
that carried it. Lists and dates are looked at anew each time, so that what was withdrawn meanwhile is not believed.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias
from uuid import uuid4

from gateway.errors import CommandError, ExtraMissing, StorageFailed, TimedOut
from gateway.home.certificates.judging import bound_keys, carrier_of, judged
from gateway.home.links.linking import Submit
from gateway.home.twin import Twin
from gateway.thing.ack import AckState
from gateway.thing.clock import Clock
from gateway.thing.command import Command, Operation
from gateway.thing.log import Log
from gateway.thing.principal import Principal, Role
from gateway.thing.session import Session
from gateway.trust.certificate import possession
from gateway.trust.certificate.circumstances import Carrier, Possession, Proof
from gateway.trust.certificate.shelf import Shelf
from gateway.trust.certificate.trust_list import NOBODY

_log = Log()

CLAIMS: Final = "claims"
ASKER: Final = Principal("certificate-check", Role.USER)
PATIENCE: Final = 20.0
"""Seconds an appliance has to prove its key."""
MOST_KEYS: Final = 4
"""Different keys an appliance is asked to prove; a genuine one has one."""
AGAIN, RETRY = 3600.0, 60.0
"""Seconds after which one that says the same is asked again: where all was answered, and where something was not."""

Start: TypeAlias = Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]]


def empty_shelf() -> Shelf:
    """Return the lists of a home that keeps none."""
    return Shelf(NOBODY, ())


@dataclass(slots=True)
class _Asked:
    """What one appliance said, over which session, when it was asked (monotonic seconds), and what it proved of each key."""

    claims: tuple[str, ...]
    session: Session | None
    at: float
    proofs: dict[bytes, Proof] = field(default_factory=dict)
    asking: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """Return whether it is being asked."""
        return self.asking is not None and not self.asking.done()

    def holds(self, now: float) -> bool:
        """Return whether it need not be asked again yet; `now` in monotonic seconds."""
        unanswered = any(proof.possession is Possession.UNANSWERED for proof in self.proofs.values())
        return self.busy or now - self.at < (RETRY if unanswered else AGAIN)


class Claims:
    """The certificates of every appliance. `shelf`: reads the lists of this home, in a thread; `start`: begins a task of the home."""

    def __init__(self, submit: Submit, clock: Clock, shelf: Callable[[], Shelf], start: Start) -> None:
        self._submit = submit
        self._clock = clock
        self._shelf = shelf
        self._start = start
        self._asked: dict[str, _Asked] = {}

    def hear(self, twin: Twin) -> None:
        """Take note that an appliance has said its claims, and have it prove the keys they are bound to."""
        said, now = tuple(twin.values.get(CLAIMS) or ()), self._clock.monotonic()
        before = self._asked.get(twin.id)
        if before is not None and before.claims == said and before.session is twin.session and before.holds(now):
            return
        self.forget(twin.id)
        if said:
            asked = self._asked[twin.id] = _Asked(said, twin.session, now)
            asked.asking = self._start(self._ask(twin, asked), f"certificates of {twin.id}")

    def forget(self, device: str) -> None:
        """Know nothing more of a device."""
        asked = self._asked.pop(device, None)
        if asked is not None and asked.asking is not None:
            asked.asking.cancel()

    def settled(self, twin: Twin) -> bool:
        """Return whether all is known that there is to know now: it has said its claims, and was asked for its keys."""
        asked = self._asked.get(twin.id)
        return CLAIMS in twin.values and (asked is None or not asked.busy)

    async def standings(self, twin: Twin) -> list[dict[str, Any]]:
        """Return what each certificate is worth now: `outcome`, `step`, `reason`, and of a readable one what it says."""
        said = tuple(twin.values.get(CLAIMS) or ())
        if not said:
            return []
        asked = self._asked.get(twin.id)
        proofs = dict(asked.proofs) if asked is not None and asked.session is twin.session else {}
        return await asyncio.to_thread(self._judged, said, carrier_of(twin), proofs)

    def _judged(self, said: tuple[str, ...], carrier: Carrier, proofs: dict[bytes, Proof]) -> list[dict[str, Any]]:
        try:
            return judged(said, carrier, proofs, self._shelf(), self._clock.now())
        except ExtraMissing as error:
            return [{"outcome": "unverified", "step": "signature", "reason": str(error)} for _ in said]

    async def _ask(self, twin: Twin, asked: _Asked) -> None:
        for key in bound_keys(asked.claims)[:MOST_KEYS]:
            try:
                asked.proofs[key] = await self._proof(twin, key)
            except ExtraMissing:
                break
        for standing in await self.standings(twin):
            _log.info("certificate", device=twin.id, outcome=standing["outcome"], step=standing["step"], reason=standing["reason"])

    async def _proof(self, twin: Twin, key: bytes) -> Proof:
        if possession.ACTION not in twin.instance.actions:
            return Proof(
                Possession.UNABLE, f"it is bound to a key, and this appliance has no {possession.ACTION} to show that it holds one"
            )
        challenge = possession.fresh_challenge()
        try:
            out = await self._answer(twin.id, challenge)
        except CommandError as error:
            return Proof(Possession.UNANSWERED, error.detail or error.title)
        except StorageFailed as error:
            return Proof(Possession.UNANSWERED, str(error))
        return possession.judged(out, key, twin.id, challenge)

    async def _answer(self, device: str, challenge: str) -> Any:
        command = Command(
            id=f"certificate-{uuid4().hex[:12]}",
            device=device,
            operation=Operation.INVOKE_ACTION,
            name=possession.ACTION,
            input={"challenge": challenge},
            principal=ASKER,
            expires=self._clock.now() + PATIENCE,
            why="certificate",
        )
        ack = await (await self._submit(command)).terminal(PATIENCE)
        if ack is None:
            raise TimedOut("it did not answer in time")
        if ack.state is not AckState.COMPLETED:
            raise TimedOut((ack.error or {}).get("detail") or f"it answered: {ack.state}")
        return ack.output
