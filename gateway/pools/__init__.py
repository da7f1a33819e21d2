"""Ways of asking heads: several services as one, a circuit breaker, calls joined into one."""
