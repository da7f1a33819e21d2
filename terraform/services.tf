# The three services. Gateway comes last: a task finds by Service Connect only what existed when it started.
locals {
  metrics_namespace = "Trunkline/${var.environment}"
}

module "embedder" {
  source                   = "./modules/service"
  permissions_boundary_arn = var.permissions_boundary_arn
  name                     = "embedder"
  prefix                   = local.name
  location                 = local.location
  cluster                  = local.cluster
  network                  = local.tasks
  security_group_id        = aws_security_group.service["embedder"].id
  rule_ids                 = local.task_rules
  break_glass              = contains(var.break_glass, "embedder")
  moves_between_machines   = true
  image                    = var.images["embedder_${var.embedder_compute == "gpu" ? "gpu" : "cpu"}"]
  encoder_fingerprint      = var.encoder_fingerprint
  gpu                      = var.embedder_compute == "gpu"
  capacity_provider        = var.embedder_compute == "gpu" ? module.cluster.gpu_capacity_provider : "FARGATE"
  in_place                 = var.embedder_in_place
  called_by_services       = true
  port                     = { number = local.ports.embedder, protocol = "grpc", request_timeout_s = local.timeouts_s.embedder_request }
  size = {
    cpu        = module.sizing.embedder.cpu
    memory_mib = module.sizing.embedder.memory_mib
    min_count  = module.sizing.embedder.count
    max_count  = var.max_counts.embedder
  }
  environment = merge(module.sizing.embedder.environment, {
    EMBEDDER_HOST         = "0.0.0.0"
    EMBEDDER_ALLOW_OPEN   = "true" # its security group lets the gateway in, no one else
    EMBEDDER_PORT         = tostring(local.ports.embedder)
    EMBEDDER_METRICS_HOST = "127.0.0.1" # only the agent in the same task reads them
    EMBEDDER_METRICS_PORT = tostring(local.ports.embedder_metrics)
    EMBEDDER_RUNTIME      = var.embedder_compute == "gpu" ? "cuda" : "openvino"
    # Named, or replicas on different processors would differ: `auto` takes bf16 where there is any.
    EMBEDDER_PRECISION         = var.embedder_compute == "gpu" ? "fp16" : "fp32"
    EMBEDDER_REQUEST_TIMEOUT_S = tostring(local.timeouts_s.embedder_request)
    EMBEDDER_DRAIN_TIMEOUT_S   = tostring(local.timeouts_s.embedder_drain)
  }, local.cache_environment, var.extra_environment.embedder)
  secrets         = { for arn in local.cache_secret_arns : "EMBEDDER_CACHE_SECRET" => arn }
  secret_arns     = local.cache_secret_arns
  health_command  = ["python", "-m", "embedder", "check"]
  start_period_s  = 180 # reads the weights and warms up; a GPU compiles its kernels too
  drain_timeout_s = local.timeouts_s.embedder_drain
  stop_timeout_s  = local.timeouts_s.embedder_stop
  task_policies   = module.data.cache_policies
  rollback_alarms = module.observability.rollback_alarms.embedder
  metric_target = {
    namespace = local.metrics_namespace
    name      = "embedder_queue_size_rows"
    value     = var.embedder_target_queue_depth
  }
  metrics_agent = {
    image               = var.images.metrics_agent
    encoder_fingerprint = var.encoder_fingerprint
    port                = local.ports.embedder_metrics
    namespace           = local.metrics_namespace
    metrics             = ["embedder_queue_size_rows", "embedder_queue_oldest_age_seconds", "embedder_serving_state"]
  }
  log_retention_days = var.log_retention_days
}

module "heads" {
  source                   = "./modules/service"
  permissions_boundary_arn = var.permissions_boundary_arn
  name                     = "heads"
  prefix                   = local.name
  location                 = local.location
  cluster                  = local.cluster
  network                  = local.tasks
  security_group_id        = aws_security_group.service["heads"].id
  rule_ids                 = local.task_rules
  break_glass              = contains(var.break_glass, "heads")
  image                    = var.images.heads
  encoder_fingerprint      = var.encoder_fingerprint
  called_by_services       = true
  port                     = { number = local.ports.heads, protocol = "http", request_timeout_s = local.timeouts_s.heads_request }
  size = {
    cpu        = module.sizing.heads.cpu
    memory_mib = module.sizing.heads.memory_mib
    min_count  = module.sizing.heads.count
    max_count  = var.max_counts.heads
  }
  environment = merge(module.sizing.heads.environment, {
    HEADS_HOST               = "0.0.0.0"
    HEADS_ALLOW_OPEN         = "true" # likewise
    HEADS_PORT               = tostring(local.ports.heads)
    HEADS_GRACEFUL_TIMEOUT_S = tostring(local.timeouts_s.heads_drain)
    }, var.catalog_in_s3 ? {
    HEADS_CATALOG         = "s3://${module.catalog.name}/heads"
    HEADS_POLL_INTERVAL_S = tostring(var.catalog_poll_interval_s) # each look of each worker is paid for
  } : {}, var.extra_environment.heads)
  # Alive, not ready: an empty catalog is not mended by another task.
  health_command  = ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:${local.ports.heads}/livez', timeout=3)"]
  start_period_s  = 60
  drain_timeout_s = local.timeouts_s.heads_drain
  stop_timeout_s  = local.timeouts_s.heads_stop
  secrets         = { for arn in local.heads_token_arns : "HEADS_TOKEN" => arn }
  secret_arns     = local.heads_token_arns
  task_policies = merge(
    var.catalog_in_s3 ? { read-catalog = data.aws_iam_policy_document.catalog_reader.json } : {},
    var.catalog_in_s3 ? { withdraw-candidates = data.aws_iam_policy_document.catalog_withdrawer.json } : {},
  )
  metrics_agent      = local.door_agents.heads
  rollback_alarms    = module.observability.rollback_alarms.heads
  canary             = var.canary
  cpu_target_percent = var.cpu_target_percent
  log_retention_days = var.log_retention_days
}

module "gateway" {
  source                   = "./modules/service"
  permissions_boundary_arn = var.permissions_boundary_arn
  name                     = "gateway"
  prefix                   = local.name
  location                 = local.location
  cluster                  = local.cluster
  network                  = local.tasks
  security_group_id        = aws_security_group.service["gateway"].id
  rule_ids                 = local.task_rules
  break_glass              = contains(var.break_glass, "gateway")
  image                    = var.images.gateway
  encoder_fingerprint      = var.encoder_fingerprint
  called_by_services       = false
  port                     = { number = local.ports.gateway, protocol = "http", request_timeout_s = local.timeouts_s.gateway_request }
  load_balancer            = module.edge.attachment
  size = {
    cpu        = module.sizing.gateway.cpu
    memory_mib = module.sizing.gateway.memory_mib
    min_count  = module.sizing.gateway.count
    max_count  = var.max_counts.gateway
  }
  environment = merge(module.sizing.gateway.environment, {
    GATEWAY_HOST                   = "0.0.0.0"
    GATEWAY_PORT                   = tostring(local.ports.gateway)
    GATEWAY_EMBEDDER               = "embedder:${local.ports.embedder}"
    GATEWAY_EMBEDDER_WATCH_HEALTH  = "false" # a watch through Service Connect's proxy would follow one task, and stop all calls with it
    GATEWAY_HEADS                  = "http://heads:${local.ports.heads}"
    GATEWAY_KEEPALIVE_S            = tostring(local.timeouts_s.gateway_keepalive)
    GATEWAY_MAX_REQUEST_TIMEOUT_MS = tostring(local.timeouts_s.gateway_request * 1000)
    GATEWAY_GRACEFUL_TIMEOUT_S     = tostring(local.timeouts_s.gateway_drain)
    GATEWAY_METRICS_OPEN           = "true" # to the agent in its task; the load balancer lets nobody at /metrics
  }, local.log_environment, var.extra_environment.gateway)
  secrets = merge(
    { for name, secret in aws_secretsmanager_secret.gateway : name => secret.arn },
    { for arn in local.heads_token_arns : "GATEWAY_HEADS_TOKEN" => arn },
  )
  secret_arns        = concat([for secret in aws_secretsmanager_secret.gateway : secret.arn], local.heads_token_arns)
  health_command     = ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:${local.ports.gateway}/livez', timeout=3)"]
  start_period_s     = 60
  drain_timeout_s    = local.timeouts_s.gateway_drain
  stop_timeout_s     = local.timeouts_s.gateway_stop
  task_policies      = local.log_policies
  metrics_agent      = local.door_agents.gateway
  rollback_alarms    = module.observability.rollback_alarms.gateway
  canary             = var.canary
  cpu_target_percent = var.cpu_target_percent
  log_retention_days = var.log_retention_days
  depends_on         = [module.embedder, module.heads]
}
