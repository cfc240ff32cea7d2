"""From a request to bundles: rank, decode, compose, explain."""
