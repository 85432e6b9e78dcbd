"""What was learnt of actions elsewhere: kept, brought along, and trusted as far as it predicts."""
