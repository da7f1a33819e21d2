# Trunkline on ECS: client -> load balancer -> gateway -> (Service Connect) -> embedder and heads.
data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  name       = "trunkline-${var.environment}"
  account_id = data.aws_caller_identity.current.account_id
  ports      = { embedder = 50051, embedder_metrics = 50052, gateway = 8080, heads = 8081 }
  location   = { account_id = local.account_id, partition = data.aws_partition.current.partition, region = var.region }
  tasks      = { vpc_id = module.network.vpc_id, subnet_ids = module.network.private_subnet_ids }
  cluster    = { arn = module.cluster.arn, name = module.cluster.name, namespace_arn = module.cluster.namespace_arn }
}

# The environment picks its own sizes: Terraform loads *.auto.tfvars.json only from the root folder, and a second -var-file could be
# forgotten or be another environment's.
module "sizing" {
  source            = "./modules/sizing"
  sizes             = jsondecode(file("${path.module}/environments/${var.environment}.sizing.auto.tfvars.json"))
  embedder_compute  = var.embedder_compute
  gpu_instance_type = var.gpu_instance_type
}

module "runner" {
  count                    = var.runner == null ? 0 : 1
  source                   = "./modules/runner"
  permissions_boundary_arn = var.permissions_boundary_arn
  name                     = "${local.name}-runner"
  location                 = local.location
  network                  = local.tasks
  repository               = var.runner.repository
  connection_arn           = var.runner.connection_arn
  log_retention_days       = var.log_retention_days
}

module "network" {
  source                   = "./modules/network"
  permissions_boundary_arn = var.permissions_boundary_arn
  name                     = local.name
  region                   = var.region
  account_id               = local.account_id
  cidr                     = var.vpc_cidr
  az_count                 = var.az_count
  nat_mode                 = var.nat_mode
  interface_endpoints      = var.interface_endpoints
  log_retention_days       = var.log_retention_days
}

module "edge" {
  source                   = "./modules/edge"
  permissions_boundary_arn = var.permissions_boundary_arn
  name                     = local.name
  account_id               = local.account_id
  vpc_id                   = module.network.vpc_id
  subnet_ids               = var.alb_internal ? module.network.private_subnet_ids : module.network.public_subnet_ids
  internal                 = var.alb_internal
  ingress_cidrs            = var.alb_ingress_cidrs
  certificate_arn          = var.certificate_arn
  target_port              = local.ports.gateway
  idle_timeout_s           = local.timeouts_s.alb_idle
  deregistration_delay_s   = local.timeouts_s.deregistration
  deletion_protection      = var.deletion_protection
  runner                   = var.runner == null ? null : { group_id = one(module.runner[*].security_group_id), nat_cidrs = module.network.nat_cidrs }
  web_acl_arn              = var.web_acl_arn
  record                   = var.record
}

module "cluster" {
  source                   = "./modules/cluster"
  permissions_boundary_arn = var.permissions_boundary_arn
  name                     = local.name
  vpc_id                   = module.network.vpc_id
  subnet_ids               = module.network.private_subnet_ids
  gpu = var.embedder_compute != "gpu" ? null : {
    instance_types = concat([var.gpu_instance_type], var.gpu_fallback_types)
    # Old and new revision run side by side, each task on its own GPU.
    max_instances  = var.max_counts.embedder * (var.embedder_in_place ? 1 : 2)
    stop_timeout_s = local.timeouts_s.embedder_stop
    in_place       = var.embedder_in_place
  }
}

module "data" {
  source              = "./modules/data"
  name                = local.name
  vpc_id              = module.network.vpc_id
  subnet_ids          = module.network.private_subnet_ids
  deletion_protection = var.deletion_protection
  log_retention_days  = var.log_retention_days
  database            = var.enable_database || var.prediction_log ? var.database : null
  shared_cache        = var.enable_shared_cache ? var.shared_cache : null
  database_callers    = { gateway = aws_security_group.service["gateway"].id }
  cache_callers       = { embedder = aws_security_group.service["embedder"].id }
}

module "observability" {
  source              = "./modules/observability"
  name                = local.name
  region              = var.region
  account_id          = local.account_id
  environment         = var.environment
  monthly_budget_usd  = var.monthly_budget_usd
  alarm_emails        = var.alarm_emails
  metrics_namespace   = local.metrics_namespace
  queue_alarm_depth   = var.embedder_target_queue_depth * 4
  database_identifier = try(module.data.database.identifier, null)
  prediction_log      = var.prediction_log
  load_balancer = {
    arn_suffix                = module.edge.arn_suffix
    target_group_arn_suffixes = module.edge.target_group_arn_suffixes
  }
}

check "a_release_can_be_tried" {
  assert {
    condition     = var.environment == "dev" || var.runner != null
    error_message = "Without runner the release pipeline cannot reach the load balancer: smoke, regression and load test would fail."
  }
}
