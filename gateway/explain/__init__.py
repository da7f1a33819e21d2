"""Why a head answered as it did: which sentences, which words, and what would change it."""
