# One service: its task, and how many of them run where, found by whom, released how.
locals {
  full_name = "${var.prefix}-${var.name}"
  canary    = var.canary != null
  patience  = local.canary ? "${var.canary.canary_bake_minutes + var.canary.bake_minutes + 40}m" : "40m"
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/${var.prefix}/${var.name}"
  retention_in_days = var.log_retention_days
}

resource "aws_ecs_task_definition" "this" {
  family                   = local.full_name
  requires_compatibilities = [var.gpu ? "EC2" : "FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.size.cpu
  memory                   = var.size.memory_mib
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn
  container_definitions    = jsonencode(concat([local.container], local.agent_containers))
  skip_destroy             = true # earlier revisions are what a roll-back goes to
  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }
  volume {
    name = "tmp"
  }
}

resource "aws_ecs_service" "this" {
  name                               = local.full_name
  cluster                            = var.cluster.arn
  task_definition                    = aws_ecs_task_definition.this.arn
  desired_count                      = var.size.min_count
  enable_execute_command             = var.break_glass
  enable_ecs_managed_tags            = true
  propagate_tags                     = "SERVICE"
  wait_for_steady_state              = true
  force_new_deployment               = var.moves_between_machines # else another capacity provider would mean another service
  deployment_minimum_healthy_percent = var.in_place ? 0 : 100
  deployment_maximum_percent         = var.in_place ? 100 : 200
  health_check_grace_period_seconds  = var.load_balancer == null ? null : var.start_period_s
  availability_zone_rebalancing      = var.in_place ? "DISABLED" : "ENABLED"

  capacity_provider_strategy {
    capacity_provider = var.capacity_provider
    weight            = 1
  }

  network_configuration {
    subnets          = var.network.subnet_ids
    security_groups  = [var.security_group_id]
    assign_public_ip = false
  }

  service_connect_configuration {
    enabled   = true
    namespace = var.cluster.namespace_arn
    log_configuration {
      log_driver = "awslogs"
      options    = merge(local.log_options, { awslogs-stream-prefix = "proxy" })
    }
    dynamic "service" {
      for_each = var.called_by_services ? [var.port] : []
      content {
        port_name      = var.name
        discovery_name = local.full_name # names the metrics, so it says which environment
        client_alias {
          dns_name = var.name
          port     = service.value.number
        }
        timeout {
          idle_timeout_seconds        = 300
          per_request_timeout_seconds = service.value.request_timeout_s + 1 # the service itself gives up first, and says why
        }
      }
    }
  }

  dynamic "load_balancer" {
    for_each = var.load_balancer == null ? [] : [var.load_balancer]
    content {
      target_group_arn = load_balancer.value.target_group_arn
      container_name   = var.name
      container_port   = var.port.number
      dynamic "advanced_configuration" {
        for_each = local.canary ? [load_balancer.value] : []
        content {
          alternate_target_group_arn = advanced_configuration.value.alternate_target_group_arn
          production_listener_rule   = advanced_configuration.value.listener_rule_arn
          role_arn                   = advanced_configuration.value.role_arn
        }
      }
    }
  }

  deployment_configuration {
    strategy             = local.canary ? "CANARY" : "ROLLING"
    bake_time_in_minutes = local.canary ? var.canary.bake_minutes : null
    dynamic "canary_configuration" {
      for_each = local.canary ? [var.canary] : []
      content {
        canary_percent              = canary_configuration.value.percent
        canary_bake_time_in_minutes = canary_configuration.value.canary_bake_minutes
      }
    }
  }

  # Alarms see answers; tasks that never start give none. A canary of them would hang until the time-out.
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  alarms {
    enable      = true
    rollback    = true
    alarm_names = var.rollback_alarms
  }

  timeouts {
    create = local.patience
    update = local.patience
    delete = "20m"
  }

  lifecycle {
    # Scaling sets the count. A release leaves production in the other target group: sent back, it would break the next one.
    ignore_changes = [desired_count, load_balancer]
  }
  depends_on = [aws_iam_role_policy.execution, aws_iam_role_policy.task, aws_iam_role_policy.agent, aws_iam_role_policy.break_glass, var.rule_ids]
}
