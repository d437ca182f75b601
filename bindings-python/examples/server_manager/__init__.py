"""A small server manager: it starts and stops a game server at a cloud provider, makes backups of it, runs
commands on it and tells what it costs.

The application (``manager``) knows the provider only by a protocol (``provider``). Here that is a mock cloud,
kept in ``server-manager.json`` in the temporary folder, so that the next run goes on where this one has
ended. In the folder of the examples::

    python -m server_manager start
    python -m server_manager status

Its tests (``tests/test_server_manager.py``) move a manual clock: a start that takes a minute, throttled
calls, lost answers, and not one sleep.
"""
