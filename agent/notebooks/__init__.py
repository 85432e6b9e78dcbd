"""What a notebook shows of runs, agents and beliefs: small cards of HTML."""
