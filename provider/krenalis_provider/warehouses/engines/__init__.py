"""The engines, which carry a change out in one transaction, or step by step where each statement commits."""
