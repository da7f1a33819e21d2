# Valkey: TLS, encrypted, and entered with an IAM role instead of a password: nothing to keep, exchange or find in a state.
locals {
  cache_count = var.shared_cache == null ? 0 : 1
  cache_user  = "${var.name}-embedder"
}

resource "aws_elasticache_subnet_group" "this" {
  count      = local.cache_count
  name       = var.name
  subnet_ids = var.subnet_ids
}

resource "aws_security_group" "cache" {
  count       = local.cache_count
  name        = "${var.name}-cache"
  description = "Valkey from the services that use it"
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.name}-cache" }
}

resource "aws_vpc_security_group_ingress_rule" "cache" {
  for_each                     = var.shared_cache == null ? {} : var.cache_callers
  security_group_id            = aws_security_group.cache[0].id
  description                  = "From ${each.key}"
  referenced_security_group_id = each.value
  from_port                    = 6379
  to_port                      = 6379
  ip_protocol                  = "tcp"
}

resource "aws_vpc_security_group_egress_rule" "to_cache" {
  for_each                     = var.shared_cache == null ? {} : var.cache_callers
  security_group_id            = each.value
  description                  = "To the shared cache"
  referenced_security_group_id = aws_security_group.cache[0].id
  from_port                    = 6379
  to_port                      = 6379
  ip_protocol                  = "tcp"
}

resource "aws_elasticache_parameter_group" "this" {
  count  = local.cache_count
  name   = "${var.name}-valkey8"
  family = "valkey8"
  parameter {
    name  = "maxmemory-policy"
    value = "allkeys-lru"
  }
}

resource "aws_elasticache_user" "embedder" {
  count         = local.cache_count
  user_id       = local.cache_user
  user_name     = local.cache_user # IAM wants both alike
  engine        = "valkey"
  access_string = "on ~trunkline:* -@all +@read +@write +@connection -@dangerous"
  authentication_mode {
    type = "iam"
  }
}

resource "aws_elasticache_user_group" "this" {
  count         = local.cache_count
  user_group_id = var.name
  engine        = "valkey"
  user_ids      = [aws_elasticache_user.embedder[0].user_id]
}

resource "aws_elasticache_replication_group" "this" {
  count                      = local.cache_count
  replication_group_id       = var.name
  description                = "Embeddings shared by embedder tasks"
  engine                     = "valkey"
  engine_version             = "8.0"
  node_type                  = var.shared_cache.node_type
  num_cache_clusters         = 1 + var.shared_cache.replicas
  automatic_failover_enabled = true
  multi_az_enabled           = true
  subnet_group_name          = aws_elasticache_subnet_group.this[0].name
  security_group_ids         = [aws_security_group.cache[0].id]
  parameter_group_name       = aws_elasticache_parameter_group.this[0].name
  user_group_ids             = [aws_elasticache_user_group.this[0].user_group_id]
  transit_encryption_enabled = true
  transit_encryption_mode    = "required"
  at_rest_encryption_enabled = true
  auto_minor_version_upgrade = true
  snapshot_retention_limit   = 0 # a cache: what is lost is computed again
}

data "aws_iam_policy_document" "cache" {
  count = local.cache_count
  statement {
    sid     = "EnterSharedCache"
    actions = ["elasticache:Connect"]
    resources = [
      aws_elasticache_replication_group.this[0].arn,
      "arn:${data.aws_partition.current.partition}:elasticache:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}:user:${local.cache_user}",
    ]
  }
}
