# The registry operator: what an alias of MLflow names is fetched, gated and written to the catalog, which heads follow.
locals {
  operator_container = merge(local.container, {
    name             = "sync"
    command          = ["sync", "--tracking-uri", local.tracking_uri, "--catalog", var.catalog.address, "--interval", tostring(var.look_interval_s)]
    stopTimeout      = 120 # a version that is being gated is finished
    environment      = [{ name = "AWS_REGION", value = var.location.region }]
    logConfiguration = local.logs["sync"]
  })
}

resource "aws_ecs_task_definition" "sync" {
  family                   = "${var.name}-sync"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.sizes.sync.cpu
  memory                   = var.sizes.sync.memory_mib
  execution_role_arn       = aws_iam_role.execution["sync"].arn
  task_role_arn            = aws_iam_role.task["sync"].arn
  container_definitions    = jsonencode([local.operator_container])
  skip_destroy             = true
  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }
  volume {
    name = "tmp"
  }
}

resource "aws_ecs_service" "sync" {
  name                               = "${var.name}-sync"
  cluster                            = var.cluster.arn
  task_definition                    = aws_ecs_task_definition.sync.arn
  desired_count                      = 1
  enable_ecs_managed_tags            = true
  propagate_tags                     = "SERVICE"
  wait_for_steady_state              = true
  deployment_minimum_healthy_percent = 0 # one operator at a time; two would only forestall each other
  deployment_maximum_percent         = 100
  availability_zone_rebalancing      = "DISABLED"

  capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
  }

  network_configuration {
    subnets          = var.network.subnet_ids
    security_groups  = [aws_security_group.this["client"].id]
    assign_public_ip = false
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
  depends_on = [aws_iam_role_policy.execution, aws_iam_role_policy.task, aws_vpc_security_group_egress_rule.https, aws_vpc_security_group_egress_rule.to_mlflow, aws_ecs_service.mlflow]
}
