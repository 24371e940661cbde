"""Replays optimizer steps of `serl` in PyTorch; started by `scripts/replay-steps`."""
