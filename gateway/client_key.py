"""Which environment variable holds a caller's key: apart, for commands that read no settings."""

CLIENT_KEY = "GATEWAY_API_KEY"
"""Where commands that call a gateway find their key; no setting of a gateway itself."""
