# MLflow, the operator that follows its aliases, and trainings on a schedule: off unless `laboratory` is set. Its database is its own, so that
# neither MLflow's schema nor its load touches the prediction log.
module "laboratory_data" {
  count               = var.laboratory == null ? 0 : 1
  source              = "./modules/data"
  name                = "${local.name}-laboratory"
  vpc_id              = module.network.vpc_id
  subnet_ids          = module.network.private_subnet_ids
  deletion_protection = var.deletion_protection
  log_retention_days  = var.log_retention_days
  database            = var.laboratory.database
  shared_cache        = null
  database_callers    = { mlflow = module.laboratory[0].server_security_group_id }
  cache_callers       = {}
}

module "laboratory" {
  count                    = var.laboratory == null ? 0 : 1
  source                   = "./modules/laboratory"
  permissions_boundary_arn = var.permissions_boundary_arn
  name                     = local.name
  location                 = local.location
  cluster                  = { arn = module.cluster.arn, name = module.cluster.name }
  network                  = local.tasks
  image                    = var.images.training
  database                 = module.laboratory_data[0].database
  catalog = {
    address       = "s3://${module.catalog.name}/heads"
    reader_policy = data.aws_iam_policy_document.catalog_reader.json
    writer_policy = data.aws_iam_policy_document.catalog_writer.json
  }
  callers             = var.laboratory.callers
  retraining          = var.laboratory.retraining
  sizes               = var.laboratory.sizes
  alarm_topic_arn     = module.observability.topic_arn
  deletion_protection = var.deletion_protection
  log_retention_days  = var.log_retention_days
}

output "laboratory" {
  description = "Where MLflow is inside the VPC, and the security group of its server; null without."
  value = var.laboratory == null ? null : {
    tracking_uri      = one(module.laboratory[*].tracking_uri)
    security_group_id = one(module.laboratory[*].server_security_group_id)
  }
}
