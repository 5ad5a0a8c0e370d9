"""Every error a caller can meet.

    LumbarError
    ├── UsageError             an argument that cannot be: a year without rules, a date that is none
    ├── InputError             a source that cannot be read as a whole: folder, header, encoding, gzip
    │   └── MappingError       the site mapping or the policy file: unknown key, wrong value
    ├── ResultFolderError      a result folder that exists, is not one, or lacks a part
    ├── CapacityError          not enough memory, or disk for what does not fit in it
    ├── UnknownEpisodeError    no episode of that id in the result
    └── InternalError          a promise of ours broken (rows lost, proof unequal to result): report it

Messages are one line, say what to do, and never hold a patient's values. The command line prints
them and ends with exit code 2. A bad *row* is never an error: it is rejected with a reason.
"""


class LumbarError(Exception):
    """Base of all errors raised on purpose; its text is one clear line for the user."""


class UsageError(LumbarError):
    """An argument that cannot be: a year without rules, a date that is none."""


class InputError(LumbarError):
    """A source that cannot be read as a whole."""


class MappingError(InputError):
    """A site mapping or policy file with an unknown key or a wrong value."""


class ResultFolderError(LumbarError):
    """A result folder that exists already, is not one, or lacks a part."""


class CapacityError(LumbarError):
    """Not enough memory for the work, or not enough disk for what does not fit in memory."""


class UnknownEpisodeError(LumbarError):
    """No episode of that id in the result."""


class InternalError(LumbarError):
    """A promise of this package broken; never the user's fault."""
