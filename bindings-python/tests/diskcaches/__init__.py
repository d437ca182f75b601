"""The caches of diskcache.

Goal: what the documentation calls the same is the same. Method: one set of tests over this Cache and
Index and over diskcache's own (``test_items.py``, ``test_cache.py``, ``test_index.py``); each says which
methods it shows to be the same, and the table in the documentation must say so of exactly those, and
something of every public method of diskcache. Then what differs (``test_differences.py``), and the import
of a folder (``test_import_folder.py``).
"""
