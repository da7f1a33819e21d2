# The prediction log on PostgreSQL: what the gateway is told, as whom it enters the database, and the task that brings the schema up to
# date before a release. The gateway has no password: a token of its role opens the database, and the owner's password, which RDS
# exchanges every week, is read by the migration alone.
locals {
  log_user    = "trunkline_${var.environment}" # named by the environment, so that the boundary of its roles can be
  log_address = var.prediction_log ? "${module.data.database.host}:${module.data.database.port}/${module.data.database.name}?sslmode=verify-full&sslrootcert=/etc/ssl/amazon-rds.pem" : ""
  log_environment = var.prediction_log ? {
    GATEWAY_LOG_DIR                 = "/tmp/log" # of the task, and gone with it: what waits there is moved on before it ends
    GATEWAY_LOG_DATABASE            = "postgresql://${local.log_user}@${local.log_address}"
    GATEWAY_LOG_DATABASE_IAM_REGION = var.region
    GATEWAY_LOG_FINISH_S            = tostring(local.timeouts_s.gateway_log_finish)
    GATEWAY_LOG_PURGE               = "true"
  } : {}
  log_policies = var.prediction_log ? { enter-database = one(data.aws_iam_policy_document.enter_database[*].json) } : {}
  log_agent = {
    metrics  = var.prediction_log ? ["gateway_log_backlog_oldest_seconds"] : []
    selected = var.prediction_log ? { gateway_log_records_total = { label = "result", values = ["lost", "refused"] } } : {}
  }
}

data "aws_iam_policy_document" "enter_database" {
  count = var.prediction_log ? 1 : 0
  statement {
    sid       = "EnterDatabase"
    actions   = ["rds-db:connect"]
    resources = ["arn:${local.location.partition}:rds-db:${var.region}:${local.account_id}:dbuser:${module.data.database.resource_id}/${local.log_user}"]
  }
}

module "migration" {
  count                    = var.prediction_log ? 1 : 0
  source                   = "./modules/task"
  permissions_boundary_arn = var.permissions_boundary_arn
  name                     = "gateway-migrate"
  prefix                   = local.name
  location                 = local.location
  image                    = var.images.gateway
  command                  = ["migrate", "--owner", local.log_user]
  environment = {
    GATEWAY_LOG_DIR      = "/tmp/log"
    GATEWAY_LOG_DATABASE = "postgresql://${module.data.database.owner}@${local.log_address}"
  }
  secrets            = { GATEWAY_LOG_DATABASE_PASSWORD = "${module.data.database.secret_arn}:password::" }
  secret_arns        = [module.data.database.secret_arn]
  log_retention_days = var.log_retention_days
}
