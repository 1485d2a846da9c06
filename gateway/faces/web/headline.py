"""What a person wants to know of an appliance first: one large value with what it is a value of, and a few small ones beside it.

Which, is data (`kinds.yaml`); a kind nobody has heard of gets the first of its properties that stands there.
"""

from gateway.faces.web.look import beside_of, captioned, headline_of, main_of, setting_of
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.value import age, shown, told
from gateway.home.twin import Twin
from gateway.thing.availability import AvailabilityState
from gateway.thing.value import Quality


def headline(page: Sheet, twin: Twin) -> tuple[str, str]:
    """Return the large words, and what they are about where they do not say so themselves."""
    name, main = headline_of(twin), main_of(twin)
    if name is None and main in twin.values:
        return _on(page, twin, str(main)), ""
    if name is None:
        return page.tongue(f"state.{twin.availability.state.value}"), ""
    schema, value = twin.instance.properties[name].schema, twin.values[name]
    words = told(page.tongue, schema, name, value)
    about = page.tongue.brief(schema, name) if captioned(name, value) and words == shown(page.tongue, schema, value) else ""
    return words + _old(page, twin, name), about


def beside(page: Sheet, twin: Twin, large: str) -> str:
    """Return the small values; of an appliance that is silent, when it was heard last."""
    if twin.availability.state is not AvailabilityState.ONLINE and twin.last_seen is not None:
        return age(page.tongue, page.now() - twin.last_seen)
    said = []
    for name in beside_of(twin):
        schema, value = twin.instance.properties[name].schema, twin.values[name]
        words, plain = told(page.tongue, schema, name, value), shown(page.tongue, schema, value)
        said.append(words if "enum" in schema or words != plain else f"{page.tongue.title(schema, name)} {words}")
    return " · ".join(each for each in dict.fromkeys(said) if each not in large)


def _on(page: Sheet, twin: Twin, main: str) -> str:
    on, number = twin.values[main], setting_of(twin)
    words = told(page.tongue, {**twin.instance.properties[main].schema, "readOnly": False}, main, on)
    if on is True and number in twin.values:
        words += f" · {shown(page.tongue, twin.instance.properties[number].schema, twin.values[number])}"
    return words + _old(page, twin, main)


def _old(page: Sheet, twin: Twin, name: str) -> str:
    return f" · {page.tongue('quality.stale')}" if twin.quality.get(name) is Quality.STALE else ""
