"""Hands the nodes of a run to schedulers: reads `serl plan --json`, writes jobs."""
