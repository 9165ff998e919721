"""The fault range: the real daemon against networks that fail, machines that die and clocks that jump."""
