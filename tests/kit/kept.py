"""What drivers keep of their units, in memory, through JSON as it would be on disk."""

import json
from collections.abc import Mapping
from typing import Any


class MemoryKept:
    def __init__(self) -> None:
        self.texts: dict[tuple[str, str], str] = {}

    async def of(self, driver: str, key: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = json.loads(self.texts.get((driver, key), "{}"))
        return found

    async def put(self, driver: str, key: str, document: Mapping[str, Any]) -> None:
        self.texts[driver, key] = json.dumps(document)
