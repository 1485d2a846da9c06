"""A text that is picked as a file or pasted: read in the browser, so that what is too large never leaves it."""

from collections.abc import Callable
from typing import Any, Final

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from gateway.faces.web.parts import field

MOST_BYTES: Final = 400_000
"""More does not fit into one message of a page's connection. The API and the command line take more."""
Take = Callable[[str, str, int], None]
"""Takes the name of a file, its text, and instead of a text that is too large its size in bytes, else 0."""
_PICKED: Final = """(event) => {
  const file = event.target.files[0];
  if (!file) return;
  if (file.size > MOST) { emit({name: file.name, size: file.size}); return; }
  file.text().then((content) => {
    const area = document.getElementById('AREA');
    if (area) area.value = content;
    emit({name: file.name, text: content});
  });
}"""
_PASTED: Final = """(event) => {
  const content = event.target.value, size = new Blob([content]).size;
  emit(size > MOST ? {size: size} : {text: content});
}"""


def picked(label: str, accepted: str, take: Take, area: Element | None = None) -> None:
    """Draw a field for a file; `accepted`: its endings; `area`: a text area that shows what is in it."""
    chosen = field(label, type="file", accept=accepted)
    shown = "" if area is None else area.html_id
    chosen.on("change", _taking(take), js_handler=_PICKED.replace("MOST", str(MOST_BYTES)).replace("AREA", shown))


def pasted(area: Element, take: Take) -> None:
    """Have `take` called with what stands in a text area once it is left."""
    area.on("change", _taking(take), js_handler=_PASTED.replace("MOST", str(MOST_BYTES)))


def _taking(take: Take) -> Callable[[GenericEventArguments], None]:
    def taken(happened: GenericEventArguments) -> None:
        told: dict[str, Any] = happened.args if isinstance(happened.args, dict) else {}
        size = told.get("size", 0)
        take(str(told.get("name", "")), str(told.get("text", "")), size if isinstance(size, int) else 0)

    return taken
