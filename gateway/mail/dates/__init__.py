"""Days and stretches of time as people write them: when an author is back, when to write again."""
