# MLflow: runs in PostgreSQL, artefacts in a bucket through the server, so that nobody else needs the bucket.
locals {
  server_container = merge(local.container, {
    name             = "mlflow"
    entryPoint       = ["mlflow-server"]
    command          = []
    stopTimeout      = 30
    portMappings     = [{ name = "mlflow", containerPort = local.port, protocol = "tcp" }]
    logConfiguration = local.logs["mlflow"]
    environment = [for name, value in {
      AWS_REGION                   = var.location.region
      MLFLOW_ARTIFACTS_DESTINATION = "s3://${module.artifacts.name}/artifacts"
      MLFLOW_BACKEND_STORE_URI     = "postgresql+psycopg://" # host, name and user are libpq's variables, the password too
      MLFLOW_HOST                  = "0.0.0.0"
      MLFLOW_PORT                  = tostring(local.port)
      MLFLOW_SERVER_ALLOWED_HOSTS  = "${local.server_name}:${local.port}" # another Host is answered 403: DNS rebinding
      PGDATABASE                   = var.database.name
      PGHOST                       = var.database.host
      PGPORT                       = tostring(var.database.port)
      PGSSLMODE                    = "verify-full"
      PGSSLROOTCERT                = "/etc/ssl/amazon-rds.pem"
    } : { name = name, value = value }]
    secrets = [for name, key in { PGUSER = "username", PGPASSWORD = "password" } :
      { name = name, valueFrom = "${var.database.secret_arn}:${key}::" }
    ]
    # RDS changes the password every week, and a task has the one of its start: refused, it is replaced by one that has the new.
    healthCheck = {
      command     = ["CMD", "python", "-c", "import psycopg, urllib.request; urllib.request.urlopen('http://127.0.0.1:${local.port}/health', timeout=3); psycopg.connect(connect_timeout=3).close()"]
      interval    = 30
      timeout     = 10
      retries     = 3
      startPeriod = 300 # its tables are made, or brought to the schema of a new release
    }
  })
}

resource "aws_ecs_task_definition" "mlflow" {
  family                   = "${var.name}-mlflow"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.sizes.mlflow.cpu
  memory                   = var.sizes.mlflow.memory_mib
  execution_role_arn       = aws_iam_role.execution["mlflow"].arn
  task_role_arn            = aws_iam_role.task["mlflow"].arn
  container_definitions    = jsonencode([local.server_container])
  skip_destroy             = true
  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }
  volume {
    name = "tmp"
  }
}

resource "aws_ecs_service" "mlflow" {
  name                               = "${var.name}-mlflow"
  cluster                            = var.cluster.arn
  task_definition                    = aws_ecs_task_definition.mlflow.arn
  desired_count                      = 1
  enable_ecs_managed_tags            = true
  propagate_tags                     = "SERVICE"
  wait_for_steady_state              = true
  deployment_minimum_healthy_percent = 0 # the old one stops before the new one changes the tables
  deployment_maximum_percent         = 100
  availability_zone_rebalancing      = "DISABLED"

  capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
  }

  network_configuration {
    subnets          = var.network.subnet_ids
    security_groups  = [aws_security_group.this["mlflow"].id]
    assign_public_ip = false
  }

  service_registries {
    registry_arn = aws_service_discovery_service.mlflow.arn
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  timeouts {
    create = "40m"
    update = "40m"
    delete = "20m"
  }

  lifecycle {
    ignore_changes = [desired_count, load_balancer] # stopped by hand, it stays stopped
  }
  depends_on = [aws_iam_role_policy.execution, aws_iam_role_policy.task, aws_vpc_security_group_egress_rule.https, aws_vpc_security_group_ingress_rule.mlflow]
}
