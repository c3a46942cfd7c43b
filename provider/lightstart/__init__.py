"""What keeps a start light, for the SDK and the domain alike. It imports nothing but the standard library."""
