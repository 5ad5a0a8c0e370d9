"""How the command ends before its time: SIGTERM or the user's interrupt, and nothing half-written left behind."""

import signal
from types import FrameType
from typing import NoReturn


class Ended(BaseException):
    """SIGTERM, raised where the work is, so that everything cleans up behind itself."""

    asked = False
    interrupted = False  # by its user; the exception for it may come back as an engine's own, or be lost
    left = "nothing half-written is left"  # what is true of this command once it has ended


def end(*_: object) -> NoReturn:
    """The handler of SIGTERM: raises Ended, once."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one must not stop the cleaning up
    Ended.asked = True
    raise Ended


def interrupt(*_: object) -> NoReturn:
    """The handler of SIGINT: raises KeyboardInterrupt as Python's own does, and remembers that it did."""
    Ended.interrupted = True
    raise KeyboardInterrupt


def end_as_interrupted(number: int, frame: FrameType | None) -> None:
    """A handler of SIGTERM for what runs in asyncio, whose callbacks would tell a traceback of what is raised in them.

    It does what an interrupt does there, which ends the tasks; where interrupts are ignored it raises Ended.
    """
    on_interrupt = signal.getsignal(signal.SIGINT)
    if not callable(on_interrupt):
        end()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    Ended.asked = True
    on_interrupt(number, frame)


def go_on() -> None:
    """Nothing, unless a signal came where what its handler raised was lost, as in an import from C."""
    if Ended.asked:
        raise Ended
    if Ended.interrupted:
        raise KeyboardInterrupt
