host     = "db.internal"
port     = 5432
username = "krenalis"
database = "cdp"
schema   = "customers"
