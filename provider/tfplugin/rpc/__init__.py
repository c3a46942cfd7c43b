"""One module per call of the protocol. Its function `handle` decodes, runs the typed logic, and encodes.

A handler never raises: every error becomes a diagnostic, beside the best known state. (An error of gRPC would carry
no path, and after a creation Terraform would forget the object.)
"""
