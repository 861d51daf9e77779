"""Move an application from Clever API v2.x to v3.x, one district at a time, and prove each step first."""

__version__ = "0.1.0"
