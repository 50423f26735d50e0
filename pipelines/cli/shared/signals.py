"""Ending by a signal: a run at once, in a sentence; what serves others or writes files, in order.

What belongs here: waiting for SIGINT and SIGTERM. What does not: undoing half a run, which the next
one does; a run may be killed at any moment.

Python runs a handler between two instructions of its main thread, which may be long at work in an
engine, and Dagster puts its own in the place of ours while its jobs run. So a thread waits for the
number that Python writes to a pipe as soon as a signal arrives, whatever its handler.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_ENDING = (signal.SIGINT, signal.SIGTERM)
_SHOW_CURSOR = "\x1b[?25h"


def ending() -> threading.Event:
    """What Ctrl-C or SIGTERM sets from now on; to be had before others are told where to look."""
    told = threading.Event()
    for number in _ENDING:
        signal.signal(number, lambda *_: told.set())
    return told


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let SIGINT and SIGTERM end the process with exit code 130 or 143."""
    if os.name == "nt" or threading.current_thread() is not threading.main_thread():
        yield
        return
    screen = os.dup(2)  # Dagster has its steps write to files
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    handlers = {number: signal.signal(number, lambda *_: None) for number in _ENDING}
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    threading.Thread(target=_wait, args=(reader, screen), daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        os.close(writer)  # which ends the thread


@contextmanager
def unwound_by_signals() -> Iterator[None]:
    """Let SIGINT and SIGTERM end the process with exit code 130 or 143, half a file deleted."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    handlers = {number: signal.signal(number, end) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _wait(reader: int, screen: int) -> None:
    while received := os.read(reader, 1):
        if received[0] in _ENDING:
            _end(signal.Signals(received[0]), screen)
    os.close(reader)
    os.close(screen)


def _end(received: signal.Signals, screen: int) -> None:
    cursor = _SHOW_CURSOR if os.isatty(screen) else ""
    text = (
        f"{cursor}\nEnded by {received.name}. What is published is whole;"
        " the next okr sync goes on where this one ended.\n"
    )
    os.write(screen, text.encode())
    os._exit(128 + received)
