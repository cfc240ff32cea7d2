"""A conversation: what a message is, what it changes, and what is answered."""
