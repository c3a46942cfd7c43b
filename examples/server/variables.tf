variable "endpoint" {
  description = "URL of the Krenalis server."
  type        = string

  validation {
    condition     = can(regex("^https?://", var.endpoint))
    error_message = "The endpoint is a URL, such as https://krenalis.example.com."
  }
}

variable "api_key" {
  description = "API key of the organisation, made in the Admin console. A key that is restricted to a workspace cannot create one."
  type        = string
  sensitive   = true
  ephemeral   = true # it is kept in neither plan nor state
}

variable "host" {
  description = "Host of the PostgreSQL server, as the Krenalis server reaches it."
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
  description = "User that the Krenalis server connects as. It needs USAGE and CREATE on the schema for as long as the workspace lives."
  type        = string
  default     = "krenalis"
}

variable "password" {
  description = "Password of the user."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "database" {
  description = "Database that holds the schema. Krenalis wants a database for each workspace."
  type        = string
  default     = "cdp"
}

variable "schema" {
  description = "Empty schema that becomes the workspace's warehouse, in lower case."
  type        = string
  default     = "customers"

  validation {
    condition     = var.schema == lower(var.schema)
    error_message = "A Krenalis server takes schemas in lower case only."
  }
}
