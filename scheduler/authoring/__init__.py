"""What an author writes: campaigns and channels in YAML, read with every problem at its file and line."""
