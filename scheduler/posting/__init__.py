"""The acts: dispatch what is due, look for what is unconfirmed, take down what must go. Networks are asked only here."""
