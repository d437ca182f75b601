"""statehold behind interfaces that other libraries define.

- :mod:`statehold.integrations.langgraph`: checkpoints and long-term memory of LangGraph.
- :mod:`statehold.integrations.django`: a cache backend of Django.
- :mod:`statehold.integrations.diskcache`: the caches of diskcache.

Each needs its library, which an extra of the package installs: ``pip install 'statehold[langgraph]'``. All
of them use the public API of statehold alone.
"""
