"""The memory: deliveries and their states, what was asked and answered, who ordered what. The only SQL of the house."""
