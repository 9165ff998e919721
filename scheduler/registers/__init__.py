"""What the office knows: units, hotlines, allowed addresses; each a YAML file whose values have their lines."""
