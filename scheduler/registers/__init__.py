"""What the office knows: units and laws; hotlines and days beside them. YAML files, each value with its line."""
