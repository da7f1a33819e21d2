# The embedder's second-level cache in Valkey. Embeddings are personal data, so it is off unless somebody asks for it. The embedder enters
# with a token of its role; the secret under which it seals what it stores is put by hand, as every secret is.
resource "aws_secretsmanager_secret" "cache" {
  count                   = var.enable_shared_cache ? 1 : 0
  name                    = "${local.name}/EMBEDDER_CACHE_SECRET"
  description             = "What all embedders seal the shared cache's entries with; 32 characters or more"
  recovery_window_in_days = var.deletion_protection ? 30 : 0 # where all may be destroyed, the next apply needs the name at once
}

locals {
  cache_secret_arns = aws_secretsmanager_secret.cache[*].arn
  cache_environment = var.enable_shared_cache ? {
    EMBEDDER_CACHE_URL   = "rediss://${module.data.shared_cache.user_name}@${module.data.shared_cache.host}:${module.data.shared_cache.port}"
    EMBEDDER_CACHE_IAM   = "${var.region}/${module.data.shared_cache.name}"
    EMBEDDER_CACHE_TTL_S = tostring(var.shared_cache.ttl_s)
  } : {}
}
