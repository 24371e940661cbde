"""Servers that draw: what `scripts/serve-llama-cpp`, `test-llama-cpp` and `test-vllm` are made of."""
