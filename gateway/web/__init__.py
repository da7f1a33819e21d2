"""Pages for people: the page at /, the API browser, their styles and scripts."""
