# State that outlives tasks. Nothing here is made until a service uses it: see `prediction_log` and `enable_shared_cache` of the root.
# database.tf holds PostgreSQL, cache.tf Valkey.
data "aws_partition" "current" {}

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}
