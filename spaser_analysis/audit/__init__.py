"""Whether an edition is what was published, and whether anyone finds the same figures again."""
