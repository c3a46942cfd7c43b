variable "name" {
  description = "Name of the workspace, as people read it: 1 to 100 characters."
  type        = string

  validation {
    condition     = length(trimspace(var.name)) > 0 && length(var.name) <= 100
    error_message = "The name of a workspace has 1 to 100 characters."
  }
}

variable "profile_schema" {
  description = "Profile schema: the document of the Krenalis API, such as `jsondecode(file(\"schema.json\"))`. It is of any type, because a type would add members that are null, and the provider says best what is wrong in it."
  type        = any

  validation {
    condition     = try(var.profile_schema.kind == "object", false)
    error_message = "Give the document itself, an object with kind = \"object\". A file is read with jsondecode(file(\"schema.json\"))."
  }
}

variable "warehouse" {
  description = "The empty schema of a PostgreSQL that becomes the warehouse, and the role that owns what is made in it."
  type = object({
    host     = string
    port     = optional(number, 5432)
    username = string
    database = string
    schema   = string
  })

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]*$", var.warehouse.schema))
    error_message = "The name of a warehouse's schema is of lower-case letters, digits and underscores, so that nobody has to quote it."
  }
}

variable "user_profile" {
  description = "Paths of the properties that the UI shows for a profile: `image`, `first_name`, `last_name`, `extra`."
  type = object({
    image      = optional(string)
    first_name = optional(string)
    last_name  = optional(string)
    extra      = optional(string)
  })
  default = null
}

variable "identifiers" {
  description = "Paths of the properties by which identities are joined into profiles, the one that decides first."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(distinct(var.identifiers)) == length(var.identifiers)
    error_message = "An identifier is listed twice."
  }
}

variable "protected" {
  description = "Whether a plan that destroys or replaces the workspace is refused."
  type        = bool
  default     = true
  nullable    = false
}
