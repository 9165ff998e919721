"""Measures: how close Loa comes to what the bare HTTP client can do, on this machine, in one run."""
