"""Changes of a text that keep its labels: for learning, and with other words for the gate."""
