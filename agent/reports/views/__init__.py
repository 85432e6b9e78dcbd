"""What is seen of a life while it goes on, and where states are when nobody said it."""
