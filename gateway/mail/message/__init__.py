"""Reading of a message: MIME parts, charsets, HTML to text, one form of the characters."""
