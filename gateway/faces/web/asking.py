"""Asking the home for something from a page: who asks is looked up anew, what is dangerous is confirmed, the answer is one ack."""

from collections.abc import Callable
from secrets import token_hex

from nicegui import ui

from gateway.errors import CommandError, Unauthenticated
from gateway.faces.web.ended import say_ended
from gateway.faces.web.parts import box, button, text
from gateway.faces.web.refusal import Refusal, explained
from gateway.faces.web.sheet import Sheet
from gateway.thing.ack import Ack, AckState
from gateway.thing.command import Command, Operation
from gateway.thing.value import Value

Step = Callable[[Ack], None]
PATIENCE_SECONDS = 120.0
"""How long a page waits for a write; the home gives up long before."""


async def ask(page: Sheet, device: str, operation: Operation, name: str, given: Value, *, step: Step | None = None) -> Ack | None:
    """Ask, have what is dangerous confirmed, and return the terminal ack; None where nobody confirmed. Raise CommandError.

    `step`: called with every ack on the way.
    """
    ack = await _once(page, device, operation, name, given, None, step)
    error = {} if ack is None or ack.error is None else ack.error
    token = error.get("confirm")
    if not isinstance(token, str):
        return ack
    if not await confirmed(page, page.tongue("danger.title"), page.tongue("danger.text", what=_title(page, device, operation, name))):
        return None
    return await _once(page, device, operation, name, given, token, step)


async def write(page: Sheet, device: str, name: str, value: Value) -> Refusal | None:
    """Write one property; return why not, None when it is done or was called off."""
    try:
        return refusal(page, device, await ask(page, device, Operation.WRITE_PROPERTY, name, value))
    except CommandError as error:
        return refused(page, device, error)


def refused(page: Sheet, device: str, error: CommandError) -> Refusal:
    """Return a CommandError as people read it; one whose login has ended gets the way to the login as well."""
    if isinstance(error, Unauthenticated):
        say_ended(page)
    instance = page.whole.home.twin(device).instance if device in page.whole.home.devices() else None
    return explained(page.tongue, instance, error.document())


def refusal(page: Sheet, device: str, ack: Ack | None) -> Refusal | None:
    """Return why an ack is no success, None where it is one."""
    if ack is None or ack.state in {AckState.COMPLETED, AckState.CANCELLED} or not ack.state.terminal:
        return None
    instance = page.whole.home.twin(device).instance if device in page.whole.home.devices() else None
    return explained(page.tongue, instance, ack.error or {"code": ack.state.value})


async def confirmed(page: Sheet, title: str, question: str, *, do: str = "", large: bool = False) -> bool:
    """Ask a person; return whether they agree. `large`: in the letters of simple mode."""
    with page.client.content, ui.dialog() as dialog, box(f"card stack {'large' if large else ''}", role="alertdialog", aria_label=title):
        dialog.props["aria-label"] = title
        text(title, tag="h2")
        text(question, "literal")
        with box("row"):
            button(page.tongue("cancel"), lambda: dialog.submit(False), always=True)
            button(do or page.tongue("danger.do"), lambda: dialog.submit(True), "danger")
    agreed = bool(await dialog)
    dialog.clear()
    return agreed


async def _once(
    page: Sheet, device: str, operation: Operation, name: str, given: Value, token: str | None, step: Step | None
) -> Ack | None:
    command = Command(
        id=f"page-{token_hex(8)}",
        device=device,
        operation=operation,
        name=name,
        input=given,
        principal=page.who(),
        why="page",
        confirmation=token,
    )
    run = await page.whole.home.submit(command)
    if step is None:
        return await run.terminal(PATIENCE_SECONDS)
    async for ack in run.acks():
        step(ack)
    return run.last


def _title(page: Sheet, device: str, operation: Operation, name: str) -> str:
    instance = page.whole.home.twin(device).instance
    known = instance.actions.get(name) if operation is Operation.INVOKE_ACTION else instance.properties.get(name)
    return name if known is None else page.tongue.title(known.schema, name)
