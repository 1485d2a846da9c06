"""The text of a scene, checked as one types: each mistake with its line, before anything is saved."""

import asyncio
from typing import Any, Final

from nicegui import background_tasks, ui

from gateway.errors import CommandError
from gateway.faces.web.asking import refused
from gateway.faces.web.parts import box, button, field, say, set_attribute, show_value, text, typed
from gateway.faces.web.refusal import Refusal
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.step_builder import step_builder
from gateway.faces.web.widgets import told
from gateway.profile.findings import Finding, Severity
from gateway.scenes.adding import named, with_step

PAUSE_SECONDS: Final = 0.5
"""How long nobody types before what stands there is checked."""
FEWEST_LINES: Final = 12
MOST_LINES: Final = 2000
"""Lines that get a number."""


def editor(page: Sheet, scene: str, content: str) -> None:
    """Draw the editor; `scene`: its id, "" for a new one."""
    _Editor(page, scene, content).draw()


class _Editor:
    """One editor on one page."""

    def __init__(self, page: Sheet, scene: str, content: str) -> None:
        self._page = page
        self._scene = scene
        self._begun = self._content = content

    def draw(self) -> None:
        """Draw what a step is chosen with, the text with numbered lines, findings and the button."""
        page = self._page
        text(page.tongue("scene.editor.hint"), "soft small")
        if not self._scene:
            typed(field(page.tongue("scene.name"), maxlength="64"), self._called)
        step_builder(page, self._add, folded=bool(self._scene))
        with box("numbered"):
            self._numbers = text("", "numbers", "pre")
            self._numbers.props["aria-hidden"] = "true"
            self._area = field(page.tongue("scene.text"), "textarea", keep="text", content=self._content)
        for name, value in {"spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}.items():
            self._area.props[name] = value
        self._number()
        typed(self._area, self._typed)
        self._findings = box("tight", role="status", aria_live="polite")
        with box("row"):
            self._save = button(page.tongue("save"), self._put, "main-action")
            button(page.tongue("scene.reset" if self._scene else "scene.anew"), lambda: self._write(self._begun))
        self._notes = box("hidden")
        if self._scene:
            background_tasks.create(self._check(self._content), name="pages: check", context=page.client)
        else:
            set_attribute(self._save, "disabled", True)

    def _number(self) -> None:
        """Show the number of each line, as findings name them; the text is as high as it has lines."""
        lines = max(self._content.count("\n") + 1, FEWEST_LINES)
        set_attribute(self._area, "rows", str(lines + 1))
        say(self._numbers, "\n".join(str(line) for line in range(1, min(lines, MOST_LINES) + 1)))

    def _called(self, name: str) -> None:
        self._write(named(self._content, name.strip(), self._page.tongue.language))

    def _add(self, select: dict[str, str], deed: dict[str, Any]) -> None:
        self._write(with_step(self._content, select, deed))

    def _write(self, content: str) -> None:
        """Change the text as if somebody had typed it."""
        show_value(self._area, content)
        self._typed(content)

    def _typed(self, content: str) -> None:
        self._content = content
        self._number()
        background_tasks.create(self._settle(content), name="pages: check", context=self._page.client)

    async def _settle(self, content: str) -> None:
        await asyncio.sleep(PAUSE_SECONDS)
        if content == self._content:
            await self._check(content)

    async def _check(self, content: str) -> None:
        _, findings = await self._page.whole.scenes.scenes.checked(content)
        if content == self._content:
            self._show(findings)

    def _show(self, findings: list[Finding]) -> None:
        mistakes = any(finding.severity is Severity.ERROR for finding in findings)
        set_attribute(self._save, "disabled", True if mistakes else None)
        self._findings.clear()
        with self._findings:
            if not findings:
                text(self._page.tongue("scene.checked"), "good small")
            for finding in findings:
                tone = "bad" if finding.severity is Severity.ERROR else "warn"
                text(self._page.tongue("scene.line", n=finding.line, text=self._words(finding)), f"{tone} small literal")

    def _words(self, finding: Finding) -> str:
        """Return what is wrong, after the word in the text it is said of."""
        word = finding.pointer.rpartition("/")[2]
        tongue = self._page.tongue
        return (f"{word}{tongue('colon')}" if word and not word.isdigit() else "") + tongue.said(finding.message)

    async def _put(self) -> None:
        page = self._page
        if (taken := await self._taken()) is not None:
            told(page, self._notes, Refusal(page.tongue("scene.taken", id=taken), ()))
            return
        try:
            kept: dict[str, Any] = await page.whole.scenes.put(self._content, page.who(), self._scene)
        except CommandError as error:
            told(page, self._notes, refused(page, "", error))
            return
        told(page, self._notes, None)
        page.settled("text")
        ui.notify(page.tongue("scene.saved", n=kept["version"]), type="positive")
        if not self._scene:
            ui.navigate.to(f"/scene/{kept['scene']}")

    async def _taken(self) -> str | None:
        """Return the id of a new scene that another scene has: that one would be lost under it."""
        scenes = self._page.whole.scenes.scenes
        scene = None if self._scene else (await scenes.checked(self._content))[0]
        return scene.id if scene is not None and scene.id in {record["id"] for record in scenes.listing()} else None
