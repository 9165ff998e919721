"""What the office knows: units today; laws, hotlines and days beside them. YAML files, each value with its line."""
