"""Writes `light.td.in`: the Thing Description of the light in C, made from the kind. Run it when the profile or the features change.

    python describe.py ../../light-1.yaml light.td.in

What differs from unit to unit stays open, and the firmware fills it in when it starts: `{{DEVICE_UUID}}`, `{{TITLE}}` and `{{BASE}}`.
"""

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "python"))

from plug.description import CONTEXT, Form, Forms
from plug.model import Model

FEATURES = ("CT", "TRN", "IDF")
RUN = {"id": {"type": "string", "title": "Id of the run", "titles": {"en": "Id of the run", "zh-Hans": "运行编号"}}}


def template(model: Model) -> dict[str, Any]:
    """Return the description of every light of this make."""
    forms = Forms("{{DEVICE}}", mqtt=None, coap="{{BASE}}")
    parts = model.affordances(FEATURES)
    kept = {name for section in parts.values() for name in section}
    type_link = {"rel": "type", "href": f"urn:hulian:tm:{model.kind}:{model.version}", "type": "application/tm+json", "hl:hash": model.hash}
    return {
        "@context": CONTEXT,
        "@type": [name for name in model.document["@type"] if not name.startswith("tm:")],
        "id": "urn:uuid:{{DEVICE_UUID}}",
        "title": "{{TITLE}}",
        "version": {"instance": "1.0.0", "model": model.version},
        "securityDefinitions": {"nosec": {"scheme": "nosec"}},
        "security": ["nosec"],
        "links": [type_link],
        "hl:kind": model.kind,
        "hl:class": model.document["hl:class"],
        "hl:maturity": model.document["hl:maturity"],
        "hl:features": list(FEATURES),
        "hl:constraints": [rule for rule in model.document.get("hl:constraints", ()) if rule.get("property") in kept],
        "forms": forms.thing(),
        "properties": {name: shown(body, forms.property(name, body)) for name, body in parts["properties"].items()},
        "actions": {
            name: shown(body, forms.action(name, body)) | ({"uriVariables": RUN} if body.get("synchronous") is False else {})
            for name, body in parts["actions"].items()
        },
        "events": {name: shown(body, forms.event(name)) for name, body in parts["events"].items()},
    }


def shown(body: dict[str, Any], forms: list[Form]) -> dict[str, Any]:
    """Return an affordance as descriptions have it."""
    return {term: value for term, value in body.items() if term != "hl:map"} | {"forms": forms}


if __name__ == "__main__":
    document = template(Model.read(Path(sys.argv[1])))
    Path(sys.argv[2]).write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n")
