"""People whom a reply refers to: mentions with address or number, names without."""
