"""What was learnt, in words."""
