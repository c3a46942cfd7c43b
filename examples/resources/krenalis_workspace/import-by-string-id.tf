# The id is the place of the workspace's warehouse, percent-encoded; on Snowflake
# "snowflake://krenalis@myorg-account123/cdp/customers/transformer/compute", and at a Krenalis server the workspace's id.
import {
  to = krenalis_workspace.customers
  id = "postgresql://krenalis@db.internal:5432/cdp/customers"
}
