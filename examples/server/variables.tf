variable "endpoint" {
  description = "URL of the Krenalis server."
  type        = string
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
}
