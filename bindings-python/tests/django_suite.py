"""Django's own tests of a cache backend, over StateholdCache: ``django_suite.py TESTS FOLDER``.

``TESTS`` are the tests of Django's source distribution. They sleep until something has expired; here the
stores have a clock of their own, and sleeping moves it. Prints how many ran, failed and were skipped.
"""

from __future__ import annotations

import json
import sys
import unittest
from pathlib import Path
from unittest import mock

import django
from django.conf import settings
from django.test import TestCase
from django.test.runner import DiscoverRunner
from django.test.utils import override_settings, setup_test_environment

import statehold


def main(tests: str, folder: str) -> None:
    sys.path.insert(0, tests)
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    settings.configure(
        INSTALLED_APPS=["cache"], DATABASES={"default": database, "other": database}, USE_TZ=False
    )
    django.setup()
    from cache.tests import BaseCacheTests, caches_setting_for_tests  # type: ignore[import-not-found]

    clock = statehold.ManualClock()
    caches = caches_setting_for_tests(
        BACKEND="statehold.integrations.django.StateholdCache", LOCATION=Path(folder) / "cache.db"
    )
    for given in caches.values():
        given["OPTIONS"] = {**given.get("OPTIONS", {}), "allow_pickle": True, "clock": clock}

    class StateholdCacheTests(BaseCacheTests, TestCase):  # type: ignore[misc]  # Django comes without types.
        """All of them, as they are."""

    setup_test_environment()
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    with override_settings(CACHES=caches), mock.patch("time.sleep", clock.advance):
        suite = unittest.defaultTestLoader.loadTestsFromTestCase(StateholdCacheTests)
        result = unittest.TextTestRunner(verbosity=2).run(suite)
    runner.teardown_databases(databases)
    failed = len(result.failures) + len(result.errors)
    print(json.dumps({"run": result.testsRun, "failed": failed, "skipped": len(result.skipped)}))


main(*sys.argv[1:])
