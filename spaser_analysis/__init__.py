"""The names that notebooks use, nothing else."""
