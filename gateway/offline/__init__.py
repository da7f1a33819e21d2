"""The whole pipeline without services: judge labelled mail offline, or a running deployment."""
