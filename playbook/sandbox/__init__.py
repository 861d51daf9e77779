"""A Clever-shaped server, synthetic districts with every hard case, and a sample vendor application."""
