"""A fresh process for each report, forked from one that has imported everything and opened the data.

The standard library's forkserver does the forking. A process that is killed, hangs or takes too much memory is told as
such to the one that waits for it; when that one dies, however it dies, the processes it started die with it.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

# In the environment of the server: what ``warm`` opens, and which process it dies with.
SNAPSHOT, PARENT = "SPASER_SNAPSHOT", "SPASER_PARENT"
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_OF_SERVER = _ONE_THREAD | {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # ipykernel imports a debugger that warns on stderr
}
_PR_SET_PDEATHSIG = 1

_context = multiprocessing.get_context("forkserver")
_starting = threading.Lock()
_running: set[BaseProcess] = set()
_server: list[int] = []  # in the server, and thus in what it forks: its number

Tell = Callable[[Any], None]


class ProcessDied(Exception):
    """The process ended without an answer; the message says how."""


class TookTooLong(Exception):
    """The process was stopped: it had no more time."""


def warm_up(snapshot: Path | None = None) -> None:
    """Start the server from which processes are forked, with ``snapshot`` (a file of ``Snapshot``) open in it.

    A server that runs already is kept as it is: its processes then open what they lack.
    """
    _context.set_forkserver_preload(["spaser_analysis.publishing.warm"])
    told = {PARENT: str(os.getpid())} | ({SNAPSHOT: str(snapshot)} if snapshot else {})
    with _starting, _environment(_OF_SERVER | told):
        forkserver.ensure_running()


def call(
    target: Callable[..., Any],
    *words: Any,
    told: Tell | None = None,
    seconds: float | None = None,
    megabytes: int | None = None,
    environment: dict[str, str] | None = None,
) -> Any:
    """What ``target(*words, tell)`` returns in a process of its own; ``told`` is called with each value it tells.

    ``seconds`` that it may be silent; ``megabytes`` more than it has at its birth, beyond which it meets a MemoryError.
    ProcessDied, TookTooLong; what it raises is raised here.
    """
    receiver, sender = _context.Pipe(duplex=False)
    place = dict(os.environ) | (environment or {})
    process = _context.Process(target=_live, args=(sender, target, words, place, str(Path.cwd()), megabytes))
    warm_up()
    with _starting, _without_main():
        process.start()
        _running.add(process)
    sender.close()
    try:
        while True:
            if not wait([receiver, process.sentinel], seconds):
                raise TookTooLong(f"longer than {seconds:g} s")
            if not receiver.poll():
                raise EOFError
            kind, value = receiver.recv()
            if kind == "returned":
                process.join()
                return value
            if kind == "raised":
                raise value
            if told:
                told(value)
    except (EOFError, ConnectionError):
        process.join()
        raise ProcessDied(_end(process.exitcode)) from None
    finally:
        process.kill()
        process.join()
        _running.discard(process)
        process.close()
        receiver.close()


def stop_all() -> None:
    """Kill every process that is being waited for."""
    with _starting:
        several = list(_running)
    for process in several:
        with suppress(ValueError):  # it has ended meanwhile, and is closed
            process.kill()


def be_server() -> None:
    """Make this process the one from which others are forked, until the one that started it ends."""
    _server.append(os.getpid())
    _die_with(int(os.environ[PARENT]))


def _die_with(parent: int) -> None:
    """Die when ``parent`` does, however it does; at once if it has already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _live(
    sender: Connection,
    target: Callable[..., Any],
    words: tuple[Any, ...],
    environment: dict[str, str],
    folder: str,
    megabytes: int | None,
) -> None:
    _die_with(_server[-1] if _server else os.getppid())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all: the one that waits decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(environment | _ONE_THREAD)
    os.chdir(folder)
    if megabytes:
        limit = _mapped() + (megabytes << 20)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    try:
        answer = ("returned", target(*words, lambda value: sender.send(("told", value))))
    except Exception as error:
        answer = ("raised", error)
    sender.send(answer)
    sender.close()


def _mapped() -> int:
    """Bytes of address space that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _end(code: int | None) -> str:
    if code is not None and code < 0:
        return f"the process that ran it was killed ({signal.Signals(-code).name}: memory?)"
    return f"the process that ran it ended by itself (exit code {code})"


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _without_main() -> Iterator[None]:
    """A process needs nothing of the caller's script, and must not run it again as multiprocessing otherwise would."""
    main = sys.modules["__main__"]
    kept = main.__spec__, main.__dict__.pop("__file__", None)
    main.__spec__ = None
    try:
        yield
    finally:
        main.__spec__ = kept[0]
        if kept[1] is not None:
            main.__file__ = kept[1]
