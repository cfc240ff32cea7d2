"""vLLM, in this process or as a server: how it is started, watched, and held to our rules."""
