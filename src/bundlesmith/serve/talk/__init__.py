"""A conversation: what a message is, what it changes, and what is answered. Knows nothing about HTTP or engines."""
