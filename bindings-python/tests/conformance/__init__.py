"""The executor of the conformance cases, a module for each facet of the store."""
