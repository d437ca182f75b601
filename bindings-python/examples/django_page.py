"""A Django site of one page, which is rendered once for all of its processes.

Two processes are asked for the page three times each. The first request renders it; the others, in both
processes, get it from the cache, which is a store. The cache also counts how often it was asked for.

Run it with ``python django_page.py``. It needs ``django``, and leaves nothing behind.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import django
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from django.views.decorators.cache import cache_page

settings.configure(
    ALLOWED_HOSTS=["testserver"],
    ROOT_URLCONF=__name__,
    CACHES={
        "default": {
            "BACKEND": "statehold.integrations.django.StateholdCache",
            "LOCATION": os.environ.get("SITE_CACHE", "cache.db"),
            # cache_page keeps whole responses, which are no JSON. Nobody else can write to the folder.
            "OPTIONS": {"allow_pickle": True},
        }
    },
)


@cache_page(600)  # type: ignore[untyped-decorator]  # Django comes without types.
def weather(request: HttpRequest) -> HttpResponse:
    # Asks a slow service, in a real site.
    return HttpResponse(f"<p>Sunny, says process {os.getpid()}.</p>")


def counted(request: HttpRequest) -> HttpResponse:
    cache.add("views", 0, timeout=None)
    cache.incr("views")
    return weather(request)


urlpatterns = [path("", counted)]


def serve() -> None:
    """One of the processes of the site, and three requests."""
    django.setup()
    for _ in range(3):
        print(Client().get("/").content.decode())
    print(cache.get("views"))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "SITE_CACHE": str(Path(folder) / "cache.db")}
        command = [sys.executable, __file__, "serve"]
        pages: list[str] = []
        for views in (3, 6):
            done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
            *served, count = done.stdout.splitlines()
            assert int(count) == views
            pages += served
    assert len(pages) == 6
    assert len(set(pages)) == 1
    print(f"6 requests in 2 processes, rendered once: {pages[0]}")


if __name__ == "__main__":
    serve() if sys.argv[1:] == ["serve"] else main()
