# one module for four workspaces: twice by for_each, once within another module, and once in a Krenalis server
terraform {
  required_providers {
    krenalis = { source = "krenalis/krenalis" }
  }
}

variable "workspaces" {
  type = any
}

variable "passwords" {
  type      = map(string)
  sensitive = true
}

variable "server" {
  type      = object({ endpoint = string, api_key = string })
  sensitive = true
}

provider "krenalis" {
  postgresql = { password = var.passwords.shop }
}

provider "krenalis" {
  alias      = "other_user"
  plan_check = "warn"
  postgresql = { password = var.passwords.region }
}

provider "krenalis" {
  alias      = "server"
  plan_check = "warn"
  endpoint   = var.server.endpoint
  api_key    = var.server.api_key
}

module "shop" {
  source    = "./workspace"
  for_each  = { for key in ["a", "b"] : key => var.workspaces[key] }
  workspace = each.value
}

module "region" {
  source    = "./region"
  providers = { krenalis = krenalis.other_user }
  workspace = var.workspaces.region
}

module "served" {
  source    = "./workspace"
  providers = { krenalis = krenalis.server }
  workspace = var.workspaces.served
}
