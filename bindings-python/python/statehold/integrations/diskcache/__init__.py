"""The caches of diskcache in a store.

>>> from statehold.integrations.diskcache import Cache
>>> with Cache() as cache:
...     _ = cache.set("ada", {"visits": 1}, expire=60, tag="sessions")
...     _ = cache.incr("hits")
...     list(cache), cache.evict("sessions"), cache["hits"]
(['ada', 'hits'], 1, 1)
"""

from __future__ import annotations

from ._cache import Cache
from ._import import import_folder
from ._index import Index
from ._opened import Timeout

__all__ = ["Cache", "Index", "Timeout", "import_folder"]
