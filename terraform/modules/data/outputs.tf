output "database" {
  description = "Where the database is and which secret holds its password; null without."
  value = var.database == null ? null : {
    host        = aws_db_instance.this[0].address
    port        = 5432
    name        = aws_db_instance.this[0].db_name
    owner       = aws_db_instance.this[0].username
    secret_arn  = one(aws_db_instance.this[0].master_user_secret[*].secret_arn)
    identifier  = aws_db_instance.this[0].identifier
    resource_id = aws_db_instance.this[0].resource_id
    arn         = aws_db_instance.this[0].arn
  }
}

output "shared_cache" {
  description = "Where the cache is and as whom to enter; null without."
  value = var.shared_cache == null ? null : {
    name      = aws_elasticache_replication_group.this[0].replication_group_id
    host      = aws_elasticache_replication_group.this[0].primary_endpoint_address
    port      = 6379
    user_name = local.cache_user
  }
}

output "cache_policies" {
  description = "Policies that a task role needs to enter the cache, by name."
  value       = var.shared_cache == null ? {} : { shared-cache = data.aws_iam_policy_document.cache[0].json }
}

output "rule_ids" {
  description = "What lets callers out to database and cache: no task starts before."
  value = concat(
    [for rule in aws_vpc_security_group_egress_rule.to_database : rule.id], [for rule in aws_vpc_security_group_egress_rule.to_cache : rule.id],
    [for rule in aws_vpc_security_group_ingress_rule.database : rule.id], [for rule in aws_vpc_security_group_ingress_rule.cache : rule.id],
  )
}
