workspaces = {
  shop = {
    name           = "Shop"
    profile_schema = "schemas/shop.json"
    user_profile   = { first_name = "first_name", extra = "email" }
    identifiers    = ["customer_id", "email"]
  }
  newsletter = {
    name           = "Newsletter"
    profile_schema = "schemas/newsletter.json"
    protected      = false
  }
}
