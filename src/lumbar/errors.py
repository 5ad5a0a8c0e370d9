"""Every error a caller can meet.

    LumbarError
    ├── UsageError             an argument that cannot be: a year without rules, a date that is none
    ├── InputError             a source that cannot be read as a whole: folder, header, encoding, gzip
    │   └── MappingError       the site mapping, policy or settings file: unknown key, wrong value
    ├── FetchError             a server that does not give its export: unreachable, refused, expired, broken off
    ├── ResultFolderError      a result folder that exists, is not one, or lacks a part
    ├── CapacityError          not enough memory, or disk for what does not fit in it
    ├── EngineError            an engine that is not installed, cannot be reached, or failed
    ├── UnknownEpisodeError    no episode of that id in the result
    ├── RecountError           an export that does not say what the result says: not released; exit code 1
    └── InternalError          a promise of ours broken (rows lost, proof unequal to result): report it

Messages are one line, say what to do, and never hold a patient's values. The command line prints
them and ends with exit code 2, or 1 where said. A bad *row* is never an error: it is rejected with a reason.
"""


class LumbarError(Exception):
    """Base of all errors raised on purpose; its text is one clear line for the user."""

    exit_code = 2


class UsageError(LumbarError):
    """An argument that cannot be: a year without rules, a date that is none."""


class InputError(LumbarError):
    """A source that cannot be read as a whole."""


class MappingError(InputError):
    """A site mapping, policy or settings file with an unknown key or a wrong value."""


class FetchError(LumbarError):
    """A server that does not give its export: unreachable, not allowed, expired, other bytes than it promised."""


class ResultFolderError(LumbarError):
    """A result folder that exists already, is not one, or lacks a part."""


class CapacityError(LumbarError):
    """Not enough memory for the work, or not enough disk for what does not fit in memory."""


class EngineError(LumbarError):
    """An engine that is not installed, cannot be reached, or failed."""


class UnknownEpisodeError(LumbarError):
    """No episode of that id in the result."""


class RecountError(LumbarError):
    """An export that, read back, does not say what the result says."""

    exit_code = 1


class InternalError(LumbarError):
    """A promise of this package broken; never the user's fault."""
