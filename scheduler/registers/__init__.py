"""What the office knows: units, laws, hotlines, days; each entry with its source and the time for which it holds."""
