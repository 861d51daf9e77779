"""What to do about it: matches and decisions become a plan of inert operations, each with its reverse. Pure."""
