"""Why a device that was found cannot be used, in words for a person."""

from gateway.drivers.miio.models import kind_of


def refusal(model: str) -> str | None:
    """Return the reason, None when devices of this model can be used; a device that has not told its model may well be."""
    if not model or kind_of(model) is not None:
        return None
    return (
        f"a Xiaomi device of the model {model}, for which there is no table yet:"
        f" add gateway/drivers/miio/models/<kind>/{model}.yaml, as `hulian guide miio` tells"
    )
