"""Parts of `scripts/serve-llama-cpp`."""
