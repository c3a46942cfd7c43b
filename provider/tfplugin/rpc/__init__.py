"""One module per call of the protocol: decode, the typed logic, encode. Each has a function `handle`.

A handler never raises: whatever goes wrong becomes a diagnostic, beside the best state known. (An error of gRPC
would carry no path, and after a creation Terraform would forget the object.)
"""
