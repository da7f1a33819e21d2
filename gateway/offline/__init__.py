"""Commands over the whole pipeline without its services: evaluation, preparation of rows."""
