"""Compressors: they must rest before they start again, and stall on low voltage. An inverter one also chooses its speed."""


class Compressor:
    """Runs when asked for and allowed; times in seconds, voltages in volts."""

    def __init__(self, *, rest: float, start_volts: float, stall_volts: float) -> None:
        self.rest = rest
        self.start_volts = start_volts
        self.stall_volts = stall_volts
        self.running = False
        self.run_seconds = 0.0
        self.starts = 0
        self._idle = rest

    @property
    def wait(self) -> float:
        """Seconds until it may start."""
        return 0.0 if self.running else max(0.0, self.rest - self._idle)

    def step(self, seconds: float, *, wanted: bool, volts: float) -> None:
        """Let time pass, then start or stop as wanted and allowed."""
        if self.running:
            self.run_seconds += seconds
            if not wanted or volts < self.stall_volts:
                self.stop()
            return
        self._idle += seconds
        if wanted and self.wait <= 0 and volts >= self.start_volts:
            self.running = True
            self.starts += 1

    def stop(self) -> None:
        """Stop at once; the rest begins."""
        if self.running:
            self._idle = 0.0
        self.running = False

    def restart_guard(self) -> None:
        """Begin a full rest, as after a power cut of unknown length."""
        self.running = False
        self._idle = 0.0


RAMP = 0.02
"""Share of rated speed an inverter gains or loses in a second."""


class InverterCompressor(Compressor):
    """One whose speed follows `aim`, both as shares of rated speed; it starts at its slowest."""

    def __init__(self, *, rest: float, start_volts: float, stall_volts: float, slowest: float, fastest: float) -> None:
        super().__init__(rest=rest, start_volts=start_volts, stall_volts=stall_volts)
        self.slowest = slowest
        self.fastest = fastest
        self.aim = slowest
        self.speed = 0.0

    def step(self, seconds: float, *, wanted: bool, volts: float) -> None:
        """Start or stop as any compressor does, then move the speed towards the aim."""
        super().step(seconds, wanted=wanted, volts=volts)
        if not self.running:
            self.speed = 0.0
            return
        aim = min(self.fastest, max(self.slowest, self.aim))
        self.speed = max(self.slowest, min(max(aim, self.speed - RAMP * seconds), self.speed + RAMP * seconds))

    def stop(self) -> None:
        """Stop at once."""
        super().stop()
        self.speed = 0.0

    def restart_guard(self) -> None:
        """Begin a full rest."""
        super().restart_guard()
        self.speed = 0.0
