"""One SQLite file with one writer thread, where many small writes share one fsync.

`await write(fn)` queues `fn(connection)`. Whatever queued while the last commit ran goes into the next transaction, each
function inside a savepoint of its own: one that raises rolls back only itself. Callers are answered after the commit,
so with synchronous FULL (WAL) what was answered survives a power cut; with NORMAL it survives a crash of the process.
`await read(fn)` runs on a second connection and never waits for a writer.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

from gateway.errors import StorageFailed
from gateway.storage.opening import connect, lock, open_checked

T = TypeVar("T")

QUEUE_LIMIT = 4096
"""Writes that may wait; past it `write` itself waits."""

BATCH_LIMIT = 512
"""Writes in one transaction."""


@dataclass(slots=True)
class _Job:
    work: Callable[[sqlite3.Connection], Any]
    answer: asyncio.Future[Any]
    value: Any = None
    error: Exception | None = None


class _Savepoint:
    """Keeps what a job did, or undoes it and notes why; lets an error through only when the whole transaction is lost."""

    def __init__(self, connection: sqlite3.Connection, job: _Job) -> None:
        self._connection = connection
        self._job = job

    def __enter__(self) -> None:
        self._connection.execute("SAVEPOINT job")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        if error is not None and not self._connection.in_transaction:
            raise sqlite3.OperationalError(f"the transaction was lost: {error}") from error
        if isinstance(error, Exception):
            self._job.error = _translated(error)
            self._connection.execute("ROLLBACK TO job")
        self._connection.execute("RELEASE job")
        return isinstance(error, Exception)


class Database:
    """One file, open for as long as the `async with` lasts.

    `migrations`: SQL scripts, the first makes version 1; `PRAGMA user_version` counts them.
    `replace_damaged`: go on with an empty file at once when the old one is damaged (it is moved aside either way).
    """

    def __init__(
        self,
        path: Path,
        migrations: Sequence[str],
        *,
        synchronous: Literal["FULL", "NORMAL"] = "FULL",
        replace_damaged: bool = False,
    ) -> None:
        self.path = path
        self._migrations = migrations
        self._synchronous = synchronous
        self._replace = replace_damaged
        self._queue: asyncio.Queue[_Job | None] = asyncio.Queue(QUEUE_LIMIT)
        self._open = False

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        async with AsyncExitStack() as stack:
            self._writer = _thread(stack, f"{self.path.name}-writer")
            self._reader = _thread(stack, f"{self.path.name}-reader")
            stack.callback(os.close, await loop.run_in_executor(self._writer, lock, self.path))
            self._connection = await loop.run_in_executor(self._writer, self._opened)
            stack.push_async_callback(loop.run_in_executor, self._writer, self._connection.close)
            self._second = await loop.run_in_executor(self._reader, self._opened_for_reading)
            stack.push_async_callback(loop.run_in_executor, self._reader, self._second.close)
            tasks = await stack.enter_async_context(asyncio.TaskGroup())
            self._batches = tasks.create_task(self._write_batches(), name=f"{self.path.name}-batches")
            self._open = True
            stack.push_async_callback(self._finish)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._stack.aclose()

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Return what `work(connection)` returned, once it is committed; raise what it raised, or StorageFailed."""
        if not self._open:
            raise StorageFailed(f"{self.path.name} is closed")
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        await self._queue.put(_Job(work, answer))
        if self._batches.done():
            self._give_up()
        return await answer

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Return what `work(connection)` returned on the reading connection; raise what it raised, or StorageFailed."""
        if not self._open:
            raise StorageFailed(f"{self.path.name} is closed")
        try:
            return await asyncio.get_running_loop().run_in_executor(self._reader, work, self._second)
        except sqlite3.Error as error:
            raise _translated(error) from error

    async def scrub(self) -> None:
        """Rewrite the file so that what was removed or replaced is neither in it nor in its log; raise StorageFailed.

        Blocks writers for as long as that takes. A disk that spreads its writes may keep old blocks all the same.
        """
        if not self._open:
            raise StorageFailed(f"{self.path.name} is closed")
        await asyncio.get_running_loop().run_in_executor(self._writer, self._rewrite)

    def _rewrite(self) -> None:
        try:
            self._connection.execute("VACUUM")
            (busy, *_) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error as error:
            raise _failure(error) from error
        if busy:
            raise StorageFailed(f"{self.path.name} is being read: its log could not be emptied")

    async def _write_batches(self) -> None:
        more = True
        try:
            while more:
                jobs, more = await self._gathered()
                if jobs:
                    await self._write_batch(jobs)
        finally:
            self._give_up()

    def _give_up(self) -> None:
        """Let nobody wait for a writer that is gone."""
        self._open = False
        while not self._queue.empty():
            job = self._queue.get_nowait()
            if job is not None:
                job.error = StorageFailed(f"{self.path.name} was closed")
                _answer(job)

    async def _write_batch(self, jobs: list[_Job]) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(self._writer, self._commit, jobs)
        except StorageFailed as error:
            for job in jobs:
                job.error = error
        except asyncio.CancelledError:
            for job in jobs:
                job.error = StorageFailed(f"{self.path.name} was closed")
            raise
        finally:
            for job in jobs:
                _answer(job)

    async def _gathered(self) -> tuple[list[_Job], bool]:
        """Return what waits (at least one job, unless the end came) and whether to go on."""
        jobs: list[_Job] = []
        job = await self._queue.get()
        while job is not None:
            jobs.append(job)
            if self._queue.empty() or len(jobs) >= BATCH_LIMIT:
                return jobs, True
            job = self._queue.get_nowait()
        return jobs, False

    def _commit(self, jobs: list[_Job]) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for job in jobs:
                with _Savepoint(self._connection, job):
                    job.value = job.work(self._connection)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise _failure(error) from error

    async def _finish(self) -> None:
        """Commit what waits, then let the writer task end."""
        self._open = False
        if not self._batches.done():
            await self._queue.put(None)
            await asyncio.wait({self._batches})

    def _opened(self) -> sqlite3.Connection:
        return open_checked(self.path, self._migrations, self._synchronous, replace=self._replace)

    def _opened_for_reading(self) -> sqlite3.Connection:
        connection = connect(self.path, self._synchronous)
        connection.execute("PRAGMA query_only=ON")
        return connection


def _thread(stack: AsyncExitStack, name: str) -> ThreadPoolExecutor:
    executor = ThreadPoolExecutor(1, thread_name_prefix=name)
    stack.push_async_callback(asyncio.to_thread, executor.shutdown)
    return executor


def _answer(job: _Job) -> None:
    if job.answer.done():
        return
    if job.error is not None:
        job.answer.set_exception(job.error)
    else:
        job.answer.set_result(job.value)


def _translated(error: Exception) -> Exception:
    return _failure(error) if isinstance(error, sqlite3.Error) else error


def _failure(error: Exception) -> StorageFailed:
    failure = StorageFailed(str(error))
    failure.__cause__ = error
    return failure
