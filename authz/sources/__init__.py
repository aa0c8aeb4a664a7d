"""Where inputs come from: reading files. Knows no other edge."""
