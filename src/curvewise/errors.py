"""Every error that curvewise raises on purpose.

    CurvewiseError              anything below; catch this one to catch them all
    ├── UsageError              what was asked cannot be done as asked (exit code 2)
    │   ├── DataError           a file, column, row or value that cannot be used
    │   ├── LogError            a training log in which nothing can be read
    │   ├── SpaceError          a hyperparameter, range or key that does not exist or make sense
    │   ├── BudgetError         a budget that is not one
    │   ├── StudyError          a folder that is no study, or one that belongs to other data
    │   └── StoreError          the history cannot be read or written (damaged, full disk, read-only)
    └── EngineError             a trial cannot be trained in the way asked for
        └── OutOfMemoryError    it needs more memory than there is now; a MemoryError, too

A message says what happened, where (file, line, column, slot, epoch), and what to do about it.
"""


class CurvewiseError(Exception):
    """The root of the tree above."""


class UsageError(CurvewiseError):
    """What was asked cannot be done as asked; nothing was lost."""


class DataError(UsageError):
    """A file, column, row or value that cannot be used."""


class LogError(UsageError):
    """A training log in which nothing can be read."""


class SpaceError(UsageError):
    """A hyperparameter, range or key that does not exist or does not make sense."""


class BudgetError(UsageError):
    """A budget that is not one, such as ``fast`` or ``-3s``."""


class StudyError(UsageError):
    """A folder that is no study, or one that belongs to other data."""


class StoreError(UsageError):
    """The history cannot be read or written: damaged, full disk, read-only."""


class EngineError(CurvewiseError):
    """A trial cannot be trained in the way asked for."""


class OutOfMemoryError(EngineError, MemoryError):
    """A trial needs more memory than there is now; it is as it was before."""
