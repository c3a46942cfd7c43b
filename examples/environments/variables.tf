variable "environments" {
  description = "By name: the schema of the workspace's warehouse, and whether the workspace is protected."
  type = map(object({
    schema    = string
    protected = optional(bool, true)
  }))

  validation {
    condition     = length(distinct([for e in values(var.environments) : e.schema])) == length(var.environments)
    error_message = "Two environments have the same schema, which can be the warehouse of one workspace only."
  }
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

  validation {
    condition     = var.port == floor(var.port) && var.port >= 1 && var.port <= 65535
    error_message = "A port is a whole number from 1 to 65535."
  }
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
