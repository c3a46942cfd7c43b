# The id is the place of the workspace's warehouse, percent-encoded. The password comes from the provider block,
# PGPASSWORD or .pgpass.
terraform import krenalis_workspace.customers 'postgresql://krenalis@db.internal:5432/cdp/customers'
