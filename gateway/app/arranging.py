"""What a browser arranges for a whole home: many appliances taken in from a list, and the sheet that is handed over with the home.

Both are what `hulian bulk` and `hulian handover` do. A list is gone through here, over the calls of the control socket; the sheet is
made by the command itself, in a process of its own.
"""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from gateway.app.passing import passing
from gateway.discovery.joining import Ask, Joining, Tell
from gateway.discovery.manifest import read_list
from gateway.errors import BadSyntax, SchemaViolation, SetupError, TooLarge
from gateway.profile.findings import Finding
from gateway.thing.clock import Clock

LARGEST: Final = 1 << 20
"""Bytes of a list that comes from a browser."""
LONGEST_WAIT: Final = 600.0
SHEET_SECONDS: Final = 60.0
LANGUAGES: Final = ("en", "zh", "two")


class Arranging:
    """`ask`: calls of the control socket; `kinds`: those of the standard; `data`: the folder of this hub."""

    def __init__(self, ask: Ask, kinds: Iterable[str], clock: Clock, data: Path) -> None:
        self._ask = ask
        self._kinds = frozenset(kinds)
        self._clock = clock
        self._data = data

    async def bulk(self, text: str, name: str, *, dry_run: bool, wait: float, tell: Tell) -> dict[str, Any]:
        """Take in what a list names, or only say what would be done, and return what `hulian bulk --json` prints.

        `name` ends in .csv for CSV, and is YAML otherwise; `wait`: seconds to look for what is not there yet; `tell(done, of, what)` is
        called after each step. Whoever cancels this ends it; what was done by then stays, and a second time does the rest. Raise
        TooLarge, BadSyntax, and SchemaViolation with `findings`: each with `line`, `pointer`, `message` and `rule`.
        """
        if len(text.encode(errors="replace")) > LARGEST:
            raise TooLarge(f"a list has at most {LARGEST} bytes: take it apart, or use `hulian bulk` in a terminal")
        if not 0 <= wait <= LONGEST_WAIT:
            raise BadSyntax(f"`wait` is a number of seconds from 0 to {LONGEST_WAIT:g}")
        rows, findings = await asyncio.to_thread(read_list, Path(name), text, self._kinds)
        if findings:
            raise SchemaViolation(f"line {findings[0].line}: {findings[0].message}", findings=[_told(finding) for finding in findings])
        joining = Joining(self._ask, rows, patience=wait, tell=tell, clock=self._clock)
        await (joining.look() if dry_run else joining.run())
        return joining.document(dry_run=dry_run)

    async def handover(self, language: str) -> str:
        """Return the hand-over sheet as one HTML page; `language`: en, zh or two. Raise BadSyntax, SetupError."""
        if language not in LANGUAGES:
            raise BadSyntax(f"`language` is one of {', '.join(LANGUAGES)}")
        with passing(self._data) as folder:
            sheet = folder / "sheet.html"
            words = ("--data", str(self._data), "handover", "--to", str(sheet), "--language", language)
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "gateway.cli.main", *words), stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE
            )
            try:
                async with asyncio.timeout(SHEET_SECONDS):
                    _, complaints = await process.communicate()
            except TimeoutError:
                raise SetupError("the sheet was not made in time: is this machine very busy? Try again") from None
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            if process.returncode:
                raise SetupError(f"the sheet could not be made: {complaints.decode(errors='replace').strip()[-500:]}")
            return await asyncio.to_thread(sheet.read_text, encoding="utf-8")


def _told(finding: Finding) -> dict[str, Any]:
    return {"line": finding.line, "pointer": finding.pointer, "message": finding.message, "rule": finding.rule}
