"""The templates of the real Home Assistant: run with its own Python, JSON lines [template, payload] in, [ok, text] out.

`ok` false: the template or the message is refused; `text` says why then.
"""

import contextlib
import json
import sys

from homeassistant.helpers.template import TemplateEnvironment  # type: ignore[import-not-found]
from homeassistant.util.json import json_loads  # type: ignore[import-not-found]

environment = TemplateEnvironment(None)


def rendered(source: str, payload: str) -> tuple[bool, str]:
    """Return what Home Assistant makes of a message."""
    names: dict[str, object] = {"value": payload}
    with contextlib.suppress(ValueError):
        names["value_json"] = json_loads(payload)
    try:
        return True, environment.from_string(source).render(**names).strip()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is no answer
        return False, f"{type(error).__name__}: {error}"


for line in sys.stdin:
    source, payload = json.loads(line)
    print(json.dumps(rendered(source, payload)), flush=True)
