"""Access: keys with scopes, their rate limits, the guard in front of every route."""
