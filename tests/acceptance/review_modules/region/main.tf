terraform {
  required_providers {
    krenalis = { source = "krenalis/krenalis" }
  }
}

variable "workspace" {
  type = any
}

module "workspace" {
  source    = "../workspace"
  workspace = var.workspace
}
