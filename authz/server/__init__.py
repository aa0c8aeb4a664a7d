"""Doors: they read a request, ask the engine, record, answer. Transports carry their bytes. Knows no other edge."""
