terraform {
  required_version = ">= 1.11"

  required_providers {
    krenalis = {
      source  = "krenalis/krenalis"
      version = "~> 0.1"
    }
  }
}

variable "password" {
  description = "Password of the warehouses' user."
  type        = string
  sensitive   = true
  ephemeral   = true # it is kept in neither plan nor state
}

provider "krenalis" {
  # what a plan does with what it finds wrong in a live warehouse, and how long it looks
  plan_check         = "error"
  plan_check_timeout = "10s"
  rehearse           = false # true: also try out what is planned, and roll it back

  postgresql = {
    password = var.password
    sslmode  = "require"
  }
}
