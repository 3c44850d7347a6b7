"""Servers that start at once: a process that has imported everything forks one per command.

`sabot serve` spends most of a second on its imports; a suite with a kill before every record would spend hours.
What the nursery forks is a process like any other: it runs the same `main`, has its own memory and can be killed.
One that has no server any more is kept for the next who needs one of the same environment.

This file is also the program: each line of its standard input is a JSON list of a plant and the arguments of `sabot`; it
answers `pid N`, then come the lines of the server itself, then `exit CODE`. At the end of its input it kills and ends.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence

START_SECONDS = 120.0
IDLE = 3  # nurseries without a server that are kept


class Nursery:
    """One server at a time. `environment`: what its servers have beyond this process's."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
            env={**os.environ, **environment}, cwd=tempfile.gettempdir(),
        )  # fmt: skip
        self._text = b""
        self.pid = 0
        self.port = 0

    def launch(self, arguments: Sequence[str], plant: str | None = None) -> None:
        """Run `sabot ARGUMENTS`; its `pid` is known. `plant`: `file.py:function` called in it first, to plant a bug."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([plant, *arguments]).encode() + b"\n")
        line = self._line(START_SECONDS)
        if line is None or not line.startswith("pid "):
            raise RuntimeError(f"the nursery made no process ({line})")
        self.pid = int(line[4:])

    def start(self, arguments: Sequence[str], plant: str | None = None) -> None:
        """Run `sabot ARGUMENTS` (a `serve`); `port` is set when it listens."""
        self.launch(arguments, plant)
        while True:
            line = self._line(START_SECONDS)
            if line is None or line.startswith("exit"):
                self.pid = 0
                raise RuntimeError(f"the server did not start ({line})")
            if "listening on" in line:
                self.port = int(line.rsplit(":", 1)[1])
                return

    def stop(self, number: int = signal.SIGTERM, seconds: float = 30.0) -> int | None:
        """Send a signal and wait for the end; the exit code, or None when it had to be killed after all."""
        if not self.pid:
            return None
        with contextlib.suppress(ProcessLookupError):  # it died by itself
            os.kill(self.pid, number)
        code = self.wait(seconds)
        if code is None:
            os.kill(self.pid, signal.SIGKILL)
            self.wait(60)
        self.pid = 0
        return code

    def wait(self, seconds: float) -> int | None:
        """The exit code when the server ends within that time."""
        deadline = time.monotonic() + seconds
        while (line := self._line(deadline - time.monotonic())) is not None:
            if line.startswith("exit "):
                self.pid = 0
                return int(line[5:])
        return None

    def _line(self, seconds: float) -> str | None:
        """The next line, None after that time or at the end."""
        assert self._process.stdout is not None
        deadline = time.monotonic() + seconds
        while b"\n" not in self._text:
            ready, _, _ = select.select([self._process.stdout], [], [], max(0.0, deadline - time.monotonic()))
            found = os.read(self._process.stdout.fileno(), 65536) if ready else b""
            if not found:
                return None
            self._text += found
        line, _, self._text = self._text.partition(b"\n")
        return line.decode()

    @property
    def free(self) -> bool:
        """It can make a server: it runs and has none."""
        return not self.pid and not self._text and self._process.poll() is None

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()


_idle: list[Nursery] = []


def nursery(environment: dict[str, str] | None = None) -> Nursery:
    """One of this environment that has no server, or a new one. `leave` it afterwards."""
    for k, found in enumerate(_idle):
        if found.environment == (environment or {}) and found.free:
            return _idle.pop(k)
    return Nursery(environment or {})


def leave(left: Nursery) -> None:
    """Keep it for the next one, in place of the one that has waited longest."""
    if left.free:
        _idle.append(left)
    else:
        left.close()
    if len(_idle) > IDLE:
        _idle.pop(0).close()


@atexit.register
def _close_idle() -> None:
    while _idle:
        _idle.pop().close()


def serve() -> int:
    """The loop of the program; returns in the child with its exit code, in the nursery with 0."""
    import sabot.server.main
    import sabot.server.server
    import sabot.storage.rocksdb

    gc.collect()
    gc.freeze()  # no full collection of a server goes over what was imported, and copies its pages
    asking = os.getppid()
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    text, child = b"", 0
    while True:
        ready, _, _ = select.select([0, woken], [], [])
        if woken in ready:
            os.read(woken, 64)
            if child:
                found, status = os.waitpid(child, os.WNOHANG)
                if found:
                    os.write(1, f"exit {os.waitstatus_to_exitcode(status)}\n".encode())
                    child = 0
        if 0 not in ready:
            continue
        more = os.read(0, 65536)
        if not more:
            if child:
                os.kill(child, signal.SIGKILL)
            return 0
        text += more
        while b"\n" in text:
            line, _, text = text.partition(b"\n")
            child = os.fork()
            if child == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                os.close(woken)
                os.close(wake)
                os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
                with contextlib.suppress(OSError):  # messages go where the one who asks writes his now
                    os.dup2(os.open(f"/proc/{asking}/fd/2", os.O_WRONLY | os.O_APPEND), 2)
                os.write(1, f"pid {os.getpid()}\n".encode())
                plant, *arguments = json.loads(line)
                if plant:
                    _plant(plant)
                return sabot.server.main.main(arguments)


def _plant(plant: str) -> None:
    path, _, function = plant.partition(":")
    found: dict[str, Callable[[], None]] = {}
    with open(path) as file:
        exec(compile(file.read(), path, "exec"), found)
    found[function]()


if __name__ == "__main__":
    sys.exit(serve())
