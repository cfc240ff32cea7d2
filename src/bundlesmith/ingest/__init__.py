"""Events from streams into a service's store, each exactly once: `bundlesmith ingest`.

How far a stream was read is kept in the store, and moves in the transaction that stores the events. Whatever dies, and
however often a stream is read, an event is stored once.
"""
