variable "account" {
  description = "Account identifier: names of organization and account, neither a URL nor a host name."
  type        = string
  default     = "ABCDEFG-TUVWXYZ"

  validation {
    condition     = !can(regex("[/:]|snowflakecomputing", var.account))
    error_message = "Give the identifier of the account, such as myorg-account123, and not its address."
  }
}

variable "username" {
  description = "User that the provider logs in as."
  type        = string
  default     = "USERNAME"
}

variable "private_key" {
  description = "Private key of the user, in PEM: the text itself, such as file(\"key.p8\"), and not a path."
  type        = string
  sensitive   = true
  ephemeral   = true # it is kept in neither plan nor state
  default     = null
}

variable "role" {
  description = "Role that owns what is made. It needs USAGE on database, schema and virtual warehouse, and CREATE TABLE, CREATE VIEW and CREATE PROCEDURE on the schema."
  type        = string
  default     = "CUSTOM_ROLE"
}

variable "database" {
  description = "Database that holds the schema."
  type        = string
  default     = "MY_DATABASE"
}

variable "schema" {
  description = "Empty schema that becomes the workspace's warehouse."
  type        = string
  default     = "PUBLIC"
}

variable "warehouse" {
  description = "Virtual warehouse that executes the statements."
  type        = string
  default     = "COMPUTE_WH"
}
