"""Other people's worlds as worlds of numbered states, and their true dynamics where these can be found."""
