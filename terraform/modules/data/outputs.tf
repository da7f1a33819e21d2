output "database" {
  description = "Where the database is and which secret holds its password; null without."
  value = var.database == null ? null : {
    host       = aws_db_instance.this[0].address
    port       = 5432
    name       = aws_db_instance.this[0].db_name
    secret_arn = one(aws_db_instance.this[0].master_user_secret[*].secret_arn)
    identifier = aws_db_instance.this[0].identifier
  }
}

output "shared_cache" {
  description = "Where the cache is and as whom to enter; null without."
  value = var.shared_cache == null ? null : {
    host      = aws_elasticache_replication_group.this[0].primary_endpoint_address
    port      = 6379
    user_name = local.cache_user
  }
}

output "cache_policies" {
  description = "Policies that a task role needs to enter the cache, by name."
  value       = var.shared_cache == null ? {} : { shared-cache = data.aws_iam_policy_document.cache[0].json }
}
