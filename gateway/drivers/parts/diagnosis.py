"""What a diagnosis can honestly say over this wire, which has no self-test: whether the unit answers, and the number it shows."""

from collections.abc import Mapping, Sequence

from gateway.thing.value import Value

ACTION = "runDiagnostics"


def diagnosis(*, answered: bool, faults: Sequence[Mapping[str, Value]] | None) -> Value:
    """Return the action's output; `answered`: to the question for its status just now; `faults` None: it did not tell any number."""
    return {"checks": [_connection(answered=answered), _fault_number(faults), _SELF_TEST]}


def _connection(*, answered: bool) -> dict[str, Value]:
    if not answered:
        return _line("connection", "fail", "the appliance is connected, but did not answer")
    return _line("connection", "pass", "the appliance answered")


def _fault_number(faults: Sequence[Mapping[str, Value]] | None) -> dict[str, Value]:
    if faults is None:
        return _line("fault-number", "notRun", "the appliance did not tell one")
    if not faults:
        return _line("fault-number", "pass", "the appliance shows none")
    named = ", ".join(f"{fault['vendor']} ({fault['code']})" for fault in faults)
    return _line("fault-number", "fail", f"the appliance shows {named}")


def _line(name: str, result: str, detail: str) -> dict[str, Value]:
    return {"name": name, "result": result, "detail": detail}


_SELF_TEST = _line("self-test", "notRun", "this make's local protocol has none")
