"""Traffic: which endpoints are really called, how often and last when, joined to the places in code that call them."""
