"""The pages of `docs/` for the registry, made from the schemas, `templates/` and `examples/`.

The conventions are those of tfplugindocs. The schemas are read in this process: no Terraform and no installed provider
is needed.
"""
