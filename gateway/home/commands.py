"""The life of a command: taken, stored, accepted, handed to the session, and ended once by evidence.

    submit -> admit --refused-------------------------------------------> stored -> one terminal ack
                 |
                 +-> stored -> accepted -> (waits) -> marked sent -> session -> (delayed, running)
                                                                        |
              decided once: a report shows it, the session says so, the clock, a later write, a cancel
                                                                        |
                                                                        +-> stored -> one terminal ack

Each run has one task, which alone stores and publishes its acks in order. Deciding is synchronous (`docket`).
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any

from gateway.errors import CommandError, Expired, Offline, RateExceeded, StateConflict, StorageFailed, Unknown
from gateway.home.admission import admit, check_state, last_look
from gateway.home.confirmation import VALID_SECONDS, Confirmations
from gateway.home.docket import Docket
from gateway.home.errand import Errand
from gateway.home.execution import cancel, execute
from gateway.home.herald import Herald, public
from gateway.home.run import Run
from gateway.home.runs import REMEMBER_SECONDS, Runs
from gateway.home.twin import Twin
from gateway.storage.commands import CommandRecord, CommandTable
from gateway.thing.ack import AckState
from gateway.thing.clock import Clock
from gateway.thing.command import Command, Operation
from gateway.thing.log import Log
from gateway.thing.session import Session
from gateway.thing.value import Value

_log = Log()

HANDING_SECONDS = 30.0
"""How long an accepted command may wait for its turn at a reachable device."""

HEARING_SECONDS = 3.0
"""How long a command that waited for its device lets it say its state first."""

RELEASE_SECONDS = 10.0
"""How long a driver may take to let go of a command that has ended: a later one waits for it, then it is cancelled."""


class Commands:
    """All commands of the home.

    `twin(id)` returns None for a stranger; `start(coroutine, name)` runs it in the home's task group; `handing(twin, awaited)` is called
    just before a session gets a command.
    """

    def __init__(
        self,
        *,
        docket: Docket,
        herald: Herald,
        store: CommandTable,
        confirmations: Confirmations,
        clock: Clock,
        twin: Callable[[str], Twin | None],
        start: Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]],
        handing: Callable[[Twin, Mapping[str, Value]], None],
    ) -> None:
        self.docket = docket
        self.runs = Runs(clock)
        self._herald = herald
        self._store = store
        self._confirmations = confirmations
        self._clock = clock
        self._twin = twin
        self._start = start
        self._handing = handing
        self._stopped = False

    async def submit(self, command: Command) -> Run:
        """Return the command's run with its first ack given; the same id from the same principal returns the same run.

        Raises Offline only when the home itself is closing.
        """
        if self._stopped:
            raise Offline("the gateway is stopping")
        run = self.runs.same(command)
        if run is None:
            run = Run(command)
            self.runs.open(run)
            self._start(self._take(run), f"command {command.id}")
        await run.answer()
        if not run.answered:
            raise Offline("the gateway is stopping")
        return run

    def stop(self) -> None:
        """Take nothing more and let everyone who waits go."""
        self._stopped = True
        self.runs.end()

    def disown(self, principal: str, why: CommandError) -> None:
        """Void a principal's tokens, and fail what it asked for that no session has got yet."""
        self._confirmations.void(principal)
        for errand in self.docket.waiting(principal):
            self.docket.fail(errand, why)

    def sweep(self) -> None:
        """Decide what has run out of time, and forget what ended more than ten minutes ago."""
        self.docket.sweep()
        self.runs.sweep()

    async def prune(self) -> None:
        """Remove from the disk what ended more than ten minutes ago."""
        await self._kept(self._store.prune(self._clock.now() - REMEMBER_SECONDS))

    def resume(self, errand: Errand) -> None:
        """Go on with an errand from before a restart that the session had not got yet, or wait for the end of one it had."""
        work = self._pursue(errand) if errand.handed_at is None else self._end(errand)
        self._start(work, f"command {errand.command.id}")

    # -- taking

    async def _take(self, run: Run) -> None:
        if self.runs.spilled() and await self._found(run):
            return
        twin = self._twin(run.device)
        if twin is None:
            self._turn_away(run, Unknown(f"no device {run.device} in this home"), public=False)
            return
        try:
            errand = self._admitted(run, twin)
        except RateExceeded as error:
            self._turn_away(run, error, public=True)
        except Expired as error:
            await self._refuse(run, AckState.EXPIRED, error)
        except CommandError as error:
            await self._refuse(run, AckState.REJECTED, error)
        else:
            await self._accept(errand)

    async def _found(self, run: Run) -> bool:
        """Return whether storage still knew this id; the run then has the acks of that time."""
        try:
            record = await self._store.find(run.principal.name, run.id)
        except StorageFailed:
            return False
        if record is None or record.ack is None or self._clock.now() - record.ack.at >= REMEMBER_SECONDS:
            return False
        run.add(record.ack)
        self.runs.ended(run)
        return True

    def _admitted(self, run: Run, twin: Twin) -> Errand:
        command = run.command
        target = self._target(command) if command.operation is Operation.CANCEL_ACTION else None
        local = target is not None and target.handed_at is None
        plan = admit(command, twin, self._confirmations, self._clock.now(), local=local)
        self.docket.check_room(twin.id)
        errand = Errand(run=run, twin=twin, plan=plan, session_id=self._session_id(command), target=target)
        if self._confirmations.holds(command):
            self._confirmations.spend(command)
            errand.confirmed_until = self._clock.monotonic() + VALID_SECONDS
        if command.expires is None:
            errand.give_up_at = self._clock.monotonic() + HANDING_SECONDS
        self.docket.add(errand)
        return errand

    def _target(self, command: Command) -> Errand:
        """Return the errand a cancelaction is about; raise Unknown, or StateConflict where it cannot be stopped."""
        target = self.docket.errand(self.runs.find(command.device, command.name))
        if target is None or target.decision is not None:
            raise StateConflict(f"{command.name} has ended")
        if target.handed_at is not None and (target.recovered or target.plan.action is None or not target.plan.action.cancellable):
            raise StateConflict(f"{command.name} is with the appliance and cannot be stopped")
        return target

    def _session_id(self, command: Command) -> str:
        """Return the command's id, made unique where another principal has an open command of the same id."""
        taken = {errand.session_id for errand in self.docket.of(command.device)}
        return command.id if command.id not in taken else f"{command.id}~{command.principal.name}"

    def _turn_away(self, run: Run, error: CommandError, *, public: bool) -> None:
        """Refuse without storing; a stranger's ack is for whoever asked only."""
        ack = self._herald.ack(run.command, AckState.REJECTED, error=error.document())
        self.runs.ended(run)
        if public:
            self._herald.say(run, ack)
        else:
            run.add(ack)

    async def _refuse(self, run: Run, state: AckState, error: CommandError) -> None:
        ack = self._herald.ack(run.command, state, error=error.document())
        record = CommandRecord(command=replace(run.command, input=None), accepted=None, ended=ack.at, ack=public(ack))
        await self._kept(self._store.add(record))
        self.runs.ended(run)
        self._herald.say(run, ack)

    async def _accept(self, errand: Errand) -> None:
        run, ack = errand.run, self._herald.ack(errand.command, AckState.ACCEPTED)
        errand.marked_sent = self._goes_at_once(errand)
        if not await self._kept(self._store.add(CommandRecord(command=run.command, accepted=ack.at, sent=errand.marked_sent))):
            refusal = CommandError("the gateway could not store it, so it was not done; its disk may be full")
            self.docket.close(errand)
            self.runs.ended(run)
            self._herald.say(run, self._herald.ack(run.command, AckState.REJECTED, error=refusal.document()))
            return
        self._herald.say(run, ack)
        if errand.decision is None:
            self.docket.take_over(errand, self._awaited_until(errand))
        await self._pursue(errand)

    def _goes_at_once(self, errand: Errand) -> bool:
        """Return whether nothing is in its way: then that it was sent is stored together with the command, one wait for the disk less.

        Should the device leave in the milliseconds between, and the gateway die before it is back, it ends as failed instead of being sent.
        """
        return errand.target is None and errand.twin.online and self.docket.of(errand.twin.id) == (errand,)

    def _awaited_until(self, errand: Errand) -> float | None:
        return self._clock.now() + errand.plan.seconds if errand.twin.online else errand.command.expires

    # -- doing

    async def _pursue(self, errand: Errand) -> None:
        execution = None
        while execution is None and await self._turn(errand):
            execution = await self._hand(errand)
        await errand.decided.wait()
        lingers = errand.decision is not None and errand.decision.state is AckState.COMPLETED
        if execution is not None and not lingers and not errand.session_done:
            execution.cancel()
        await self._end(errand)
        if execution is not None:
            await asyncio.wait({execution}, timeout=RELEASE_SECONDS)
            execution.cancel()

    async def _turn(self, errand: Errand) -> bool:
        """Wait until the device can be reached and earlier errands have let go; return False when it was decided first."""
        while errand.decision is None:
            if _is_local(errand) or (errand.twin.online and not self._behind(errand) and not self._too_early(errand)):
                return self._still_right(errand)
            errand.waited = errand.waited or not errand.twin.online
            await errand.nudge.wait()
            errand.nudge.clear()
        return False

    def _too_early(self, errand: Errand) -> bool:
        """Return whether a command that waited should first hear what state the device came back in."""
        silent = errand.twin.silent_since
        return errand.waited and silent is not None and self._clock.monotonic() - silent < HEARING_SECONDS

    def _behind(self, errand: Errand) -> bool:
        patience = self._clock.monotonic() - RELEASE_SECONDS
        errand.behind = tuple(earlier for earlier in errand.behind if not earlier.released and earlier.decided_at > patience)
        return bool(errand.behind)

    def _still_right(self, errand: Errand) -> bool:
        """Judge the state anew for a command that waited for its device; return whether it may go on."""
        if errand.waited:
            errand.waited = False
            try:
                check_state(errand.command, errand.twin, errand.plan, confirmed=self._confirmed(errand))
            except CommandError as error:
                self.docket.fail(errand, error)
        return errand.decision is None

    async def _hand(self, errand: Errand) -> asyncio.Task[None] | None:
        """Mark it sent, then give it to the session; return the task of its execution, None when it has to wait after all."""
        if not errand.marked_sent and not await self._kept(self._store.sent(errand.command)):
            self.docket.fail(errand, CommandError("the gateway could not store that it was sent, so it was not done"))
        expires, now = errand.command.expires, self._clock.now()
        if errand.decision is None and expires is not None and now >= expires:
            self.docket.expire(errand)
        session = errand.twin.session
        if errand.decision is not None or not (errand.twin.online or _is_local(errand)):
            return None
        errand.handed_at = self._clock.monotonic()
        errand.deadline = errand.handed_at + errand.plan.seconds
        errand.released = False
        self.docket.announce(errand, now + errand.plan.seconds)
        return self._start(self._in_session(errand, session), f"execution {errand.command.id}")

    async def _in_session(self, errand: Errand, session: Session | None) -> None:
        try:
            if errand.target is not None:
                await self._stop(errand, errand.target, session)
            elif session is not None and self._harmless(errand):
                self._handing(errand.twin, errand.plan.awaited)
                await execute(errand, session, self.docket)
        finally:
            errand.released = True
            self.docket.poke(errand.twin.id)

    def _harmless(self, errand: Errand) -> bool:
        """Look once more, with nothing in between, whether danger forbids it; every command reaches its session through here."""
        try:
            last_look(errand.command, errand.twin, confirmed=self._confirmed(errand))
        except CommandError as error:
            self.docket.fail(errand, error)
            return False
        errand.person_agreed = self._confirmed(errand)
        return True

    def _confirmed(self, errand: Errand) -> bool:
        return self._clock.monotonic() < errand.confirmed_until

    async def _stop(self, errand: Errand, target: Errand, session: Session | None) -> None:
        if target.handed_at is None:
            self.docket.decide(target, AckState.CANCELLED)
        elif session is None:
            self.docket.fail(errand, Offline(errand.twin.availability.reason))
        else:
            await cancel(errand, target, session, self.docket)
        if errand.decision is None and (last := await target.run.terminal(None)) is not None:
            if last.state is AckState.CANCELLED:
                self.docket.completed(errand)
            else:
                self.docket.fail(errand, StateConflict(f"it ended as {last.state.value} before it could be stopped"))

    async def _end(self, errand: Errand) -> None:
        """Store the decision, then say it."""
        await errand.decided.wait()
        ack = errand.decision
        if ack is None:
            return
        await self._kept(self._store.end(errand.command, ack))
        self.docket.close(errand)
        self.runs.ended(errand.run)
        self._herald.say(errand.run, ack)

    async def _kept(self, storing: Awaitable[None]) -> bool:
        """Return whether it could be stored; a disk that fails is said loudly and never stops the home."""
        try:
            await storing
        except StorageFailed as error:
            _log.error("command not stored", reason=str(error))
            return False
        return True


def _is_local(errand: Errand) -> bool:
    """Return whether the home can do it without the device: stopping what the session never got."""
    return errand.target is not None and errand.target.handed_at is None
