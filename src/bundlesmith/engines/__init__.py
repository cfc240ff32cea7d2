"""Engines that write with a language model: transformers in this process, vLLM, Ray."""
