"""The prediction log: what was answered, recorded once, without its words unless asked for."""
