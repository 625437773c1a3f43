"""Anyone's table: read, typed, split and encoded, and what is wrong with it said clearly."""
