"""A long action that ends as soon as something is heard, and fails when nothing is."""

from firmware_sim.infrared.heard import Heard
from firmware_sim.models.procedure import Finish, Procedure


class Listening(Procedure):
    """Waits `seconds` for a burst; `heard` is the first one that was no noise."""

    def __init__(self, seconds: float, *, finish: Finish) -> None:
        super().__init__([("listening", seconds)], finish=finish)
        self.heard: Heard | None = None

    @property
    def done(self) -> bool:
        """Whether something was heard."""
        return self.heard is not None

    def caught(self, heard: Heard) -> None:
        """Take the first burst, leave later ones."""
        if self.heard is None:
            self.heard = heard

    def step(self, seconds: float) -> None:
        """Let time pass; give up at the end."""
        super().step(seconds)
        if self.heard is None and self.remaining <= 0:
            self.failure = "no key was pressed in time"
