"""
The native half of the package `statehold`. Import `statehold` instead.
"""

from typing import Any, SupportsIndex

__all__ = ["error_codes", "from_json", "to_json"]

def error_codes() -> list[tuple[str, str]]:
    """
    Every error code with the name of its class in `statehold.errors`.
    """

def from_json(text: str) -> Any:
    """
    The value that a JSON text of the store stands for.
    """

def to_json(value: Any, default: Any | None = None, *, max_bytes: SupportsIndex | None = None) -> str:
    """
    The JSON text that a value is stored as.
    """
