"""Trainers: what `scripts/test-external-trainer` is made of."""
