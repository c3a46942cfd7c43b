"""Code generated from proto/ by grpcio-tools; not edited by hand."""
