"""What the campaigns want against what the ledger holds: check, plan, apply, approve."""
