# The laboratory: an MLflow server inside the VPC, the operator that follows its aliases, and trainings on a schedule.
# server.tf, operator.tf and retraining.tf hold one each; roles.tf who may do what, security.tf who may call whom.
locals {
  server_name  = "mlflow.${var.name}.internal"
  tracking_uri = "http://${local.server_name}:${local.port}"
  port         = 5000
  programs     = toset(["mlflow", "sync", "retrain"])

  # What every container of it is: the image's user, /tmp its one writable folder.
  container = {
    essential              = true
    image                  = var.image
    readonlyRootFilesystem = true
    user                   = "10001:10001"
    mountPoints            = [{ sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }]
    linuxParameters        = { initProcessEnabled = true, capabilities = { drop = ["ALL"] } }
  }
  logs = { for program in local.programs : program => {
    logDriver = "awslogs"
    options = {
      awslogs-group         = aws_cloudwatch_log_group.this[program].name
      awslogs-region        = var.location.region
      awslogs-stream-prefix = "task"
      mode                  = "non-blocking" # a log that cannot be delivered must not hold it up
      max-buffer-size       = "4m"
    }
  } }
}

resource "aws_cloudwatch_log_group" "this" {
  for_each          = local.programs
  name              = "/${var.name}/${each.key}"
  retention_in_days = var.log_retention_days
}

module "artifacts" {
  source        = "../bucket"
  name          = "${var.name}-laboratory-${var.location.account_id}"
  force_destroy = !var.deletion_protection
}

# A name in the VPC's DNS: Service Connect knows tasks of services alone, and a scheduled training is none.
resource "aws_service_discovery_private_dns_namespace" "this" {
  name        = "${var.name}.internal"
  description = "What is called inside the VPC by name"
  vpc         = var.network.vpc_id
}

resource "aws_service_discovery_service" "mlflow" {
  name = "mlflow"
  dns_config {
    namespace_id   = aws_service_discovery_private_dns_namespace.this.id
    routing_policy = "MULTIVALUE"
    dns_records {
      type = "A"
      ttl  = 10
    }
  }
}
