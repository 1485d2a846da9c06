"""The door of a machine that holds hot water: a bolt that the machine moves, and that stays where it is without mains."""

from collections.abc import Collection

from firmware_sim.refusal import Refusal


class Bolt:
    """`open` and `locked` are never both true."""

    def __init__(self) -> None:
        self.open = False
        self.locked = False

    def step(self, *, needed: bool, disabled: Collection[str]) -> None:
        """Lock while it is needed and the door is shut, else unlock; `disabled` are effects of faults (locking, unlocking)."""
        if needed and not self.open and "locking" not in disabled:
            self.locked = True
        elif not needed and "unlocking" not in disabled:
            self.locked = False

    def move(self, open: bool) -> None:
        """Let a hand open or shut the door; Refusal while it is locked."""
        if open and self.locked:
            raise Refusal("state-conflict", "the door is locked")
        self.open = open
