"""`hulian profile docs`: pages of the standard for people."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.docs.index_page import faults_text, index_text
from gateway.cli.docs.kind_page import KindPage
from gateway.cli.output import console
from gateway.cli.standard import standard
from gateway.profile.features import SECTIONS
from gateway.profile.model import Model


def write_docs(
    folder: Annotated[Path, typer.Argument(help="Where the pages go.")] = Path("build/docs"),
) -> None:
    """Write one page a kind, in both languages, with an index and the fault catalogue: static HTML, readable offline.

    Example:  hulian profile docs build/docs
    """
    library = standard()
    models = [library.model(kind) for kind in library.kinds()]
    common = frozenset.intersection(*(_names(model) for model in models))
    pages = {model.kind: KindPage(model, common).text() for model in models}
    pages |= {"index": index_text(models), "faults": faults_text(library.faults())}
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    console().print(f"{len(pages)} pages written; begin with {folder / 'index.html'}")


def _names(model: Model) -> frozenset[str]:
    return frozenset(name for section in SECTIONS for name in model.document.get(section, {})) | frozenset(model.features)
