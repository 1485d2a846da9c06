"""Credentials against what a driver's units ask for: whoever mistypes one hears at once what it looks like. Nothing here ever shows one."""

from collections.abc import Mapping

from gateway.drivers.spi import Driver
from gateway.errors import SchemaViolation


def check_forms(driver: Driver, credentials: Mapping[str, str]) -> None:
    """Raise SchemaViolation, which says what is expected and never what was given, when one of these cannot be what it is called."""
    known = driver.secrets()
    for name, text in credentials.items():
        if name in known and not known[name].form.fullmatch(text):
            raise SchemaViolation(
                f"this is no {name} of a unit of {driver.name}: {wanted(driver, name)}; it has {len(text)}", property=name
            )


def check_credentials(driver: Driver, credentials: Mapping[str, str]) -> None:
    """Raise SchemaViolation likewise, and also when there is one too many or one is missing of what units of the driver ask for."""
    known = driver.secrets()
    if not known:
        return
    asked = " and ".join(known)
    if unknown := next((name for name in credentials if name not in known), None):
        raise SchemaViolation(f"a unit of {driver.name} has no {unknown}: it asks for {asked}", property=unknown)
    check_forms(driver, credentials)
    if missing := next((name for name in known if name not in credentials and not (known[name].optional and credentials)), None):
        raise SchemaViolation(
            f"a unit of {driver.name} asks for {asked}, and there is no {missing}: {wanted(driver, missing)}", property=missing
        )


def wanted(driver: Driver, name: str) -> str:
    """Return what a credential looks like and where to get it, in one sentence; "" where nobody knows."""
    secret = driver.secrets().get(name)
    return f"it is {secret.says}, and `hulian guide {driver.name}` tells where to get it" if secret is not None else ""
