"""What the ledger knows, in memory: how every trigger stands, which scene is paused, and what has fired lately."""

import hashlib
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol

from gateway.scenes.document import Scene
from gateway.scenes.rules.mains import Life
from gateway.scenes.rules.standing import Cause, Standing, standing_of
from gateway.storage.firings import Firing, Known
from gateway.thing.clock import Clock

OFTEN: Final = 30
"""Times a scene fires within an hour; once more, and it is paused."""
HOUR: Final = 3600.0
DUE: Final = "due"
BEGUN: Final = "begun"
_LIFE: Final = "life"


class Ledger(Protocol):
    """What is kept, on disk when a method returns; `storage.firings` is one."""

    async def known(self) -> tuple[Known, ...]:
        """Return what is known of every trigger."""
        ...

    async def firings(self) -> tuple[Firing, ...]:
        """Return every firing that is kept, the oldest first."""
        ...

    async def keep(self, known: Iterable[Known]) -> None:
        """Keep what is known of some triggers."""
        ...

    async def fire(self, firing: Firing, known: Known) -> bool:
        """Write down a firing with what is known from then on; return False where this occasion had its firing."""
        ...

    async def settle(self, run: str, state: str) -> None:
        """Say what became of a firing."""
        ...

    async def forget(self, scene: str, rules: Iterable[str] | None = None) -> None:
        """Forget some triggers of a scene, or all there is of it."""
        ...


class Book:
    """`load` before anything else."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._kept: dict[tuple[str, str], Mapping[str, Any]] = {}
        self._lately: dict[str, deque[float]] = {}
        self.standings: dict[tuple[str, str], Standing] = {}
        self.due: list[Firing] = []
        """What the last life left between its firing and its run."""
        self.life = Life()

    async def load(self, machine: str) -> None:
        """Read what is kept, and begin a life."""
        self._kept = {(each.scene, each.rule): each.document for each in await self._ledger.known()}
        for firing in await self._ledger.firings():
            if firing.state == DUE:
                self.due.append(firing)
            if firing.state in {DUE, BEGUN} and 0 <= (ago := self._clock.now() - firing.at) < HOUR:
                self._lately.setdefault(firing.scene, deque()).append(self._clock.monotonic() - ago)
        await self.live(Life(**self._kept.get(("", _LIFE), {})).next(machine))

    async def live(self, life: Life) -> None:
        """Write down what is true of this life from here on."""
        self.life = life
        await self._ledger.keep([Known(scene="", rule=_LIFE, document=life.document())])

    # Triggers

    async def match(self, scenes: Mapping[str, Scene], there: frozenset[str]) -> None:
        """Have a standing for every trigger of every scene, and forget those that are gone; `there`: also scenes that cannot be read."""
        now = self._clock.now()
        wanted = {(scene.id, trigger.key): trigger for scene in scenes.values() for trigger in scene.triggers}
        for key, trigger in wanted.items():
            standing = self.standings.get(key)
            if standing is None:
                self.standings[key] = standing_of(key[0], trigger, self._kept.get(key), now)
            standing = self.standings[key]
            standing.trigger = trigger  # its line may have moved
        for scene, rule in [key for key in {*self.standings, *self._kept} if key not in wanted and key[0]]:
            if scene not in there or (scene in scenes and rule):
                await self._forget(scene, rule)
        await self.flush()

    async def _forget(self, scene: str, rule: str) -> None:
        self.standings.pop((scene, rule), None)
        self._kept.pop((scene, rule), None)
        await self._ledger.forget(scene, [rule])

    async def flush(self) -> None:
        """Keep what has changed."""
        changed = [standing for standing in self.standings.values() if standing.changed]
        if changed:
            for standing in changed:
                standing.changed = False
            await self._ledger.keep([_known(standing) for standing in changed])

    # Firings

    async def fire(self, standing: Standing, cause: Cause, why_not: Mapping[str, str] | None) -> Firing | None:
        """Write down that a trigger fires, or that its time came and why it does not; None where it has nothing to run."""
        standing.count += 1
        document = described(standing, cause)
        if why_not is None:
            standing.fired, standing.fired_from = {"at": cause.at, "text": dict(cause.text)}, self._clock.monotonic()
        else:
            standing.why = {"at": cause.at, "text": dict(why_not)}
        occasion = cause.occasion or f"{standing.count}"
        run = _run_id(standing, occasion, cause.at)
        state = DUE if why_not is None else why_not["en"]
        firing = Firing(
            scene=standing.scene, rule=standing.trigger.key, occasion=occasion, run=run, at=cause.at, state=state, cause=document
        )
        standing.changed = False
        if not await self._ledger.fire(firing, _known(standing)):
            standing.changed = True
            return None
        if why_not is not None:
            return None
        self._lately.setdefault(standing.scene, deque()).append(self._clock.monotonic())
        return firing

    def fired_often(self, scene: str) -> bool:
        """Return whether a scene has fired as often as it may within an hour."""
        lately = self._lately.setdefault(scene, deque())
        while lately and self._clock.monotonic() - lately[0] >= HOUR:
            lately.popleft()
        return len(lately) >= OFTEN

    async def settle(self, firing: Firing, state: str, why: Mapping[str, str] | None = None) -> None:
        """Say what became of a firing."""
        await self._ledger.settle(firing.run, state)
        standing = self.standings.get((firing.scene, firing.rule))
        if standing is not None and why is not None:
            standing.why, standing.changed = {"at": self._clock.now(), "text": dict(why)}, True

    # Pauses

    def paused(self, scene: str) -> Mapping[str, Any] | None:
        """Return who paused a scene, when and why; None where nobody did."""
        return self._kept.get((scene, "")) or None

    async def pause(self, scene: str, by: str, why: Mapping[str, str] | None = None) -> None:
        """Let no trigger of a scene fire until it is resumed."""
        await self._scene(scene, {"by": by, "at": self._clock.now(), "why": None if why is None else dict(why)})

    async def resume(self, scene: str) -> None:
        """Let the triggers of a scene fire again, as if it had not fired lately."""
        self._lately.pop(scene, None)
        await self._scene(scene, {})

    async def _scene(self, scene: str, document: Mapping[str, Any]) -> None:
        await self._ledger.keep([Known(scene=scene, rule="", document=document)])
        self._kept[(scene, "")] = document


def described(standing: Standing, cause: Cause) -> dict[str, Any]:
    """Return what a report says of what fired it."""
    head = {"kind": type(standing.trigger).__name__, "line": standing.trigger.line, "at": cause.at, "text": dict(cause.text)}
    return head | {"scene": standing.scene} | dict(cause.more)


def _known(standing: Standing) -> Known:
    return Known(scene=standing.scene, rule=standing.trigger.key, document=standing.document())


def _run_id(standing: Standing, occasion: str, at: float) -> str:
    """Return the id of the run a firing begins: the same whenever it is asked for."""
    said = f"{standing.scene} {standing.trigger.key} {occasion} {at}"
    return f"scene-{hashlib.sha256(said.encode()).hexdigest()[:12]}"
