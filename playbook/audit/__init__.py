"""Code, traffic and dependencies that still speak v2, as findings; and findings as patches."""
