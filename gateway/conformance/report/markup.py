"""HTML as nested calls: what is text is escaped, what is a tag stays one."""

from collections.abc import Iterable, Sequence
from html import escape

from gateway.conformance.report.words import CHINESE, ENGLISH, Texts


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def tag(name: str, *children: str, **attributes: str) -> Markup:
    """Return an element; `cls` is its class, and an underscore in a name stands for a hyphen."""
    written = "".join(f' {"class" if key == "cls" else key.replace("_", "-")}="{escape(text)}"' for key, text in attributes.items() if text)
    return Markup(f"<{name}{written}>{joined(*children)}</{name}>")


def joined(*children: str) -> Markup:
    """Return children one after the other, texts escaped; what no page can hold is replaced."""
    return Markup("".join(child if isinstance(child, Markup) else escape(_legal(child), quote=False) for child in children))


def both(texts: Texts) -> Markup:
    """Return a text in both languages, of which the page shows what its reader chose; once where they are the same."""
    english, chinese = texts[ENGLISH], texts.get(CHINESE, "")
    if not chinese or chinese == english:
        return joined(english)
    return joined(tag("span", english, cls="en", lang="en"), tag("span", chinese, cls="zh", lang=CHINESE))


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], cls: str = "") -> Markup:
    """Return a table in a box that scrolls where it is too wide."""
    head = tag("thead", tag("tr", *(tag("th", each, scope="col") for each in headings)))
    body = tag("tbody", *(tag("tr", *(tag("td", cell) for cell in row)) for row in rows))
    return tag("div", tag("table", head, body, cls=cls), cls="wide")


def _legal(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\0", "�")
