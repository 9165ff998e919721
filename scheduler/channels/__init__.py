"""One account of ours on one network: the contract, how HTTP answers become our errors, and one file a network."""
