"""What a pair predicts by the types of its action, what that is expected to teach, and what it taught."""
