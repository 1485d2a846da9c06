"""A single-speed compressor: it must rest before it starts again, and it stalls on low voltage."""


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
