"""A message in the words of one channel: rendered in a sandbox, and measured against what the network takes."""
