"""Rules for what people read: every text in English and Chinese."""

from collections.abc import Mapping
from typing import Any

from gateway.profile.findings import Pages, Severity, pointer_to

LANGUAGES = ("en", "zh-Hans")


def check_texts(pages: Pages, pointer: str, node: Mapping[str, Any], *, needed: bool) -> None:
    """Check `title`/`titles` and `description`/`descriptions` of one object; `needed`: it must have a title."""
    _check_pair(pages, pointer, node, "title", "titles", needed=needed)
    _check_pair(pages, pointer, node, "description", "descriptions", needed=False)


def check_languages(pages: Pages, pointer: str, texts: Any) -> None:
    """Check that `texts` maps both languages, and nothing but texts, to words."""
    if not isinstance(texts, Mapping):
        pages.report(pointer, "must be a mapping such as {en: ..., zh-Hans: ...}", rule="text-form")
        return
    for language in LANGUAGES:
        if language not in texts:
            pages.report(pointer, f"has no {language} text: add one", rule="text-language")
    for language, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            at = f"{pointer}{pointer_to(language)}"
            pages.report(at, f"{language} is no text: put it in quotes (a comma or colon ends an unquoted one)", rule="text-form")


def _check_pair(pages: Pages, pointer: str, node: Mapping[str, Any], single: str, several: str, *, needed: bool) -> None:
    if single not in node and several not in node:
        if needed:
            pages.report(
                pointer, f"has no {several}: add {several}: {{en: ..., zh-Hans: ...}} and the English one as {single}", rule="text-missing"
            )
        return
    if several not in node:
        pages.report(
            f"{pointer}/{single}", f"stands in one language only: add {several} with {' and '.join(LANGUAGES)}", rule="text-language"
        )
        return
    check_languages(pages, f"{pointer}/{several}", node[several])
    texts = node[several] if isinstance(node[several], Mapping) else {}
    if single not in node:
        pages.report(f"{pointer}/{several}", f"add {single} with the English text, for clients that read only that", rule="text-missing")
    elif "en" in texts and texts["en"] != node[single]:
        pages.report(f"{pointer}/{single}", f"differs from the English text in {several}", severity=Severity.WARNING, rule="text-differs")
