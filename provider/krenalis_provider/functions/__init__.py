"""The provider's functions: pure, offline, and without a configured provider."""
