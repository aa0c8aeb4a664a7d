"""What carries the bytes of the check door. Each transport has the same face: `start`, `address`, `drain`."""
