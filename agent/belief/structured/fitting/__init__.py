"""What the pairs of an action share: labels, types that mix them, gates that choose types, and how all are fitted."""
