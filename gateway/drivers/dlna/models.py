"""What a renderer is by its maker and model, as far as these tell."""

from functools import cache
from pathlib import Path
from typing import Final

from gateway.drivers.parts.sheet import document

HERE: Final = Path(__file__).parent


@cache
def model_kind(text: str) -> str:
    """Return the kind of a renderer by what its maker and model are called; a television where that tells nothing."""
    lowered = text.lower()
    data = document(HERE / "models.yaml")
    return next((kind for kind, words in data["kinds"].items() if any(word.lower() in lowered for word in words)), str(data["otherwise"]))
