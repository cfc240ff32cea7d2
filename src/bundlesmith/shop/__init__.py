"""A run's shop while it is open, alone or as one of several processes that follow the same log."""
