# State that outlives tasks. Nothing here is made until a service uses it: see `enable_database` and `enable_shared_cache`.
# database.tf holds PostgreSQL, cache.tf Valkey.
data "aws_partition" "current" {}

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}
