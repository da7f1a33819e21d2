"""Who may call: keys with scopes, their limits, the guard in front of every route."""
