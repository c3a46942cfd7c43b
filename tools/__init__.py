"""Programs that make what is committed or released; the Makefile runs them."""
