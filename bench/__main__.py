"""`python -m bench`."""

from bench.engine import main

main()
