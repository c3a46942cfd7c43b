variable "host" {
  description = "Host name or address of the PostgreSQL server."
  type        = string
}

variable "port" {
  description = "Port of the PostgreSQL server."
  type        = number

  validation {
    condition     = var.port == floor(var.port) && var.port >= 1 && var.port <= 65535
    error_message = "A port is a whole number from 1 to 65535."
  }
}

variable "username" {
  description = "Role that owns the workspace's objects. It needs USAGE and CREATE on the schema, and nothing more."
  type        = string
}

variable "password" {
  description = "Password of the role."
  type        = string
  sensitive   = true
  ephemeral   = true # it is kept in neither plan nor state
}

variable "database" {
  description = "Database that holds the schema."
  type        = string
}

variable "schema" {
  description = "Empty schema that becomes the workspace's warehouse."
  type        = string
}

variable "drop_columns" {
  description = "Paths of properties whose data may be lost."
  type        = list(string)
  default     = []
}
