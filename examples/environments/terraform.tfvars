environments = {
  staging    = { schema = "customers_staging", protected = false }
  production = { schema = "customers" }
}
