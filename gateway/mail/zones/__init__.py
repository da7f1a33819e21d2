"""Parts of a mail: newest words, quotes, attributions, header blocks, signature, boilerplate."""
