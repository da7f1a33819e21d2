"""Pools of heads in front of others: several as one, a circuit breaker, calls joined into one."""
