"""A small SDK for Terraform plugins: protocol 6 over gRPC, and classes that a provider's author subclasses.

It knows nothing of any provider. Importing a module of it starts no thread, opens nothing and reads no environment.
"""
