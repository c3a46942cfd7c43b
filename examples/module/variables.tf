variable "workspaces" {
  description = "Workspaces by the schema of their warehouse. `profile_schema` is the path of a JSON file in this folder: the documents themselves would all have to be of one type, because the elements of a map are."
  type = map(object({
    name           = string
    profile_schema = string
    user_profile   = optional(map(string))
    identifiers    = optional(list(string), [])
    protected      = optional(bool, true)
  }))

  validation {
    condition     = alltrue([for w in values(var.workspaces) : fileexists("${path.module}/${w.profile_schema}")])
    error_message = "Each profile_schema has to be the path of a file in this folder."
  }

  validation {
    condition     = length(distinct([for w in values(var.workspaces) : w.name])) == length(var.workspaces)
    error_message = "Two workspaces have the same name, so that nobody could tell them apart."
  }
}

variable "server" {
  description = "The PostgreSQL of all warehouses, and the role that owns what is made there."
  type = object({
    host     = string
    port     = optional(number, 5432)
    username = string
    database = string
  })
}

variable "password" {
  description = "Password of the role."
  type        = string
  sensitive   = true
  ephemeral   = true # it is kept in neither plan nor state
}
