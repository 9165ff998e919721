"""Where we stand, for people and for machines."""
