variable "environments" {
  description = "By name: the schema of the workspace's warehouse, and whether the workspace is protected."
  type = map(object({
    schema    = string
    protected = optional(bool, true)
  }))
}

variable "extra_properties" {
  description = "Properties that are added to those of profile-schema.json, such as one that is being tried out."
  type        = any
  default     = []
}

variable "host" {
  description = "Host name or address of the PostgreSQL server."
  type        = string
}

variable "port" {
  description = "Port of the PostgreSQL server."
  type        = number
  default     = 5432
}

variable "username" {
  description = "Role that owns the workspaces' objects. It needs USAGE and CREATE on each schema, and nothing more."
  type        = string
}

variable "password" {
  description = "Password of the role."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "database" {
  description = "Database that holds the schemas."
  type        = string
}
