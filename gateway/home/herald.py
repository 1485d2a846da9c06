"""Says acks: into the run, where whoever asked waits, and into the change stream, in one order."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gateway.home.change import Acknowledged
from gateway.home.run import Run
from gateway.home.subscription import Stream
from gateway.thing.ack import Ack, AckState
from gateway.thing.clock import Clock
from gateway.thing.command import Command, Version
from gateway.thing.value import Value


class Herald:
    """The only place acks are given."""

    def __init__(self, stream: Stream, clock: Clock) -> None:
        self._stream = stream
        self._clock = clock

    def say(self, run: Run, ack: Ack) -> None:
        """Give an ack to the run and, without a token it carries, to every reader of the stream."""
        run.add(ack)
        self._stream.publish(Acknowledged(self._stream.next(), run.device, public(ack), run.principal))

    def ack(
        self,
        command: Command,
        state: AckState,
        *,
        error: Mapping[str, Any] | None = None,
        output: Value = None,
        version: Version | None = None,
        phase: str | None = None,
        percent: float | None = None,
        remaining: float | None = None,
    ) -> Ack:
        """Return an ack of this moment."""
        return Ack(
            id=command.id,
            device=command.device,
            operation=command.operation,
            name=command.name,
            state=state,
            at=self._clock.now(),
            version=version,
            phase=phase,
            percent=percent,
            remaining=remaining,
            output=output,
            error=error,
        )


def public(ack: Ack) -> Ack:
    """Return an ack for everybody's eyes and for the disk: a token of confirmation is for whoever asked."""
    if ack.error is None or "confirm" not in ack.error:
        return ack
    return replace(ack, error={name: value for name, value in ack.error.items() if name != "confirm"})
