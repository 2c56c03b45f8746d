"""Programming: the census of needs, their computation, the contracts that may serve them, pooling, what ends and when."""
