"""Makes what a release consists of, in the form that Terraform's registry looks for.

Source: Terraform's documentation, "Publishing Providers", "Manually Preparing a Release".
"""
