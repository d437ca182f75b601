"""The state of an application in one SQLite file, changed atomically, from Rust, Python and Node at once."""

from __future__ import annotations

from .errors import *  # noqa: F403
from .errors import __all__ as _errors

__all__ = [*_errors]
