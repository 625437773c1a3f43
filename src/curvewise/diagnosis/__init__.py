"""Reading curves: named signs with evidence, and what to do about them."""
