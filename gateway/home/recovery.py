"""After a restart, a power cut or kill -9: every command that was accepted still reaches one end.

What the session had not got yet is sent when the device comes back, unless its time has passed (without `exp`: ten
minutes). What the session had got is never sent again: it is completed if the device's reports show it within 30 s of
the device coming back (or of the start, if it does not come), else it has failed. Ended ones still answer to their id.
"""

from gateway.errors import CommandError, DeviceFailure, Expired
from gateway.home.admission import Plan, plan_of
from gateway.home.commands import Commands
from gateway.home.docket import RECOVERY_SECONDS
from gateway.home.errand import Errand
from gateway.home.herald import Herald
from gateway.home.registry import Registry
from gateway.home.run import Run
from gateway.home.runs import LIMIT, REMEMBER_SECONDS
from gateway.storage.commands import CommandRecord, CommandTable
from gateway.thing.ack import Ack, AckState
from gateway.thing.clock import Clock
from gateway.thing.command import Command, Operation
from gateway.thing.log import Log

_log = Log()


LAST_WORDS_SECONDS = 0.2
"""What was decided this shortly before the last boot's last write may be stored and not said. It is said (again): rather twice
than never, and the same words both times."""


async def recover(commands: Commands, registry: Registry, store: CommandTable, herald: Herald, clock: Clock) -> float:
    """Take up every command the last boot left; return since when (seconds since the epoch) nobody may have heard an ack."""
    records = await store.recent(clock.now() - REMEMBER_SECONDS, LIMIT)
    open_ones = [record for record in records if record.ack is None]
    for record in records:
        run = _run(record)
        commands.runs.open(run)
        if record.ack is not None:
            commands.runs.ended(run)
    for record in open_ones:
        await _take_up(record, commands, registry, store, herald, clock)
    if open_ones:
        _log.info("commands of the last boot taken up", open=len(open_ones))
    return max((record.ended or record.accepted or 0.0 for record in records), default=clock.now()) - LAST_WORDS_SECONDS


def _run(record: CommandRecord) -> Run:
    run = Run(record.command)
    if record.accepted is not None:
        run.add(_accepted(record.command, record.accepted))
    if record.ack is not None:
        run.add(record.ack)
    return run


def _accepted(command: Command, at: float) -> Ack:
    return Ack(id=command.id, device=command.device, operation=command.operation, name=command.name, state=AckState.ACCEPTED, at=at)


async def _take_up(
    record: CommandRecord, commands: Commands, registry: Registry, store: CommandTable, herald: Herald, clock: Clock
) -> None:
    run = commands.runs.same(record.command) or _run(record)
    try:
        errand = _errand(record, run, registry)
    except CommandError as error:
        ack = herald.ack(record.command, AckState.FAILED, error=error.document())
        await store.end(record.command, ack)
        commands.runs.ended(run)
        herald.say(run, ack)
        return
    docket, monotonic = commands.docket, clock.monotonic()
    docket.add(errand)
    if record.sent:
        errand.handed_at, errand.deadline = monotonic, monotonic + RECOVERY_SECONDS
    else:
        errand.give_up_at = None if errand.command.expires is not None else monotonic + REMEMBER_SECONDS
    docket.take_over(errand, errand.command.expires)
    if not record.sent and _too_old(record, clock.now()):
        docket.decide(errand, AckState.EXPIRED, error=Expired("its time passed while the gateway was down").document())
    commands.resume(errand)


def _errand(record: CommandRecord, run: Run, registry: Registry) -> Errand:
    twin = registry.twin(record.command.device)
    if record.command.operation is Operation.CANCEL_ACTION:
        raise DeviceFailure("the gateway was restarted before it could stop it")
    try:
        plan = plan_of(record.command, twin)
    except CommandError:
        if not record.sent:
            raise
        plan = Plan()
    return Errand(run=run, twin=twin, plan=plan, session_id=run.id, waited=True, recovered=True)


def _too_old(record: CommandRecord, now: float) -> bool:
    expires, accepted = record.command.expires, record.accepted or now
    return now >= (expires if expires is not None else accepted + REMEMBER_SECONDS)
