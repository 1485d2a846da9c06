"""A home over CoAP: GET what is to be read, PUT and POST commands, observe each device's `ack`."""

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import aiocoap
from aiocoap.error import LibraryShutdown, ObservationCancelled

ENDS = frozenset({"completed", "failed", "rejected", "expired", "cancelled", "superseded"})
JSON, PATIENCE = 50, 60.0


class HomeOverCoap:
    """One client context; each device's acks are observed from the moment it is known."""

    def __init__(self, url: str, context: aiocoap.Context, tasks: asyncio.TaskGroup) -> None:
        self.acks: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
        self.watching: list[asyncio.Task[None]] = []
        self._url = url.rstrip("/")
        self._context = context
        self._tasks = tasks

    async def devices(self) -> Mapping[str, Mapping[str, Any]]:
        found = {entry["id"]: await self._got(f"/d/{entry['id']}/td") for entry in await self._got("/d")}
        for device in found:
            begun = asyncio.Event()
            self.watching.append(self._tasks.create_task(self._watch(device, begun), name=f"acks of {device}"))
            await begun.wait()
        return found

    async def state(self, device: str) -> Mapping[str, Any]:
        return dict(await self._got(f"/d/{device}/s"))

    async def read(self, device: str, name: str) -> Any:
        return await self._got(f"/d/{device}/p/{name}")

    async def command(self, device: str, operation: str, name: str, argument: Any, identifier: str) -> Mapping[str, Any]:
        code, place = {"writeproperty": (aiocoap.PUT, "p"), "invokeaction": (aiocoap.POST, "a")}[operation]
        path = f"/d/{device}/{place}/{name}?id={quote(identifier)}"
        answer = await self._asked(path, code, json.dumps(argument).encode())
        if answer.code == aiocoap.CHANGED:
            return {"state": "completed"}
        if answer.code == aiocoap.CREATED:
            return await self._ended(f"/d/{device}/run/{identifier}")
        return {"state": "rejected", "error": json.loads(answer.payload)}

    async def _ended(self, path: str) -> Mapping[str, Any]:
        """Look at a run until it has ended."""
        async with asyncio.timeout(PATIENCE):
            while (run := dict(await self._got(path)))["state"] not in ENDS:
                await asyncio.sleep(0.2)
        return run

    async def _got(self, path: str) -> Any:
        answer = await self._asked(path, aiocoap.GET)
        if not answer.code.is_successful():
            raise SystemExit(f"{path}: {answer.code} {answer.payload!r}")
        return json.loads(answer.payload)

    async def _asked(self, path: str, code: Any, payload: bytes = b"") -> Any:
        message = aiocoap.Message(code=code, uri=self._url + path, payload=payload, accept=JSON)
        if payload:
            message.opt.content_format = JSON
        async with asyncio.timeout(PATIENCE):
            return await self._context.request(message).response

    async def _watch(self, device: str, begun: asyncio.Event) -> None:
        request = self._context.request(aiocoap.Message(code=aiocoap.GET, uri=f"{self._url}/d/{device}/ack", observe=0, accept=JSON))
        await request.response
        begun.set()
        with contextlib.suppress(LibraryShutdown, ObservationCancelled):
            async for message in request.observation:
                ack = json.loads(message.payload)
                self.acks[ack["id"]].append(ack)


@asynccontextmanager
async def home_over_coap(url: str) -> AsyncIterator[HomeOverCoap]:
    """Come in at a server such as coap://127.0.0.1:5683."""
    context = await aiocoap.Context.create_client_context()
    try:
        async with asyncio.TaskGroup() as tasks:
            home = HomeOverCoap(url, context, tasks)
            yield home
            for watching in home.watching:
                watching.cancel()
    finally:
        await context.shutdown()
