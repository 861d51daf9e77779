"""What a person types: parsing, printing, exit codes. A command calls one library function and prints what it says."""
