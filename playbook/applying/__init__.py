"""From plan to database: preflight, execute, journal, verify, undo. The only room that writes to accounts."""
