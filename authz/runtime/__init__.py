"""The only place that builds, connects, starts and stops things."""
