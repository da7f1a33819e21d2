"""The paths that machines ask every few seconds: let in first, and logged at debug level."""

PROBES = frozenset({"/livez", "/readyz", "/ping", "/metrics"})
