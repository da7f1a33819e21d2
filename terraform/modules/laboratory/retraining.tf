# Trainings on a schedule: a task each time, which logs what it learnt and asks for the role of a candidate. Nothing here can give production.
locals {
  retraining_container = merge(local.container, {
    name             = "retrain"
    command          = ["retrain", "--help"] # each schedule gives its own
    stopTimeout      = 120
    environment      = [{ name = "AWS_REGION", value = var.location.region }]
    logConfiguration = local.logs["retrain"]
  })
  retraining = { for head, wanted in var.retraining : head => merge(wanted, {
    command = concat(
      ["retrain", head, "--if-changed", "--catalog", var.catalog.address, "--track", "--tracking-uri", local.tracking_uri, "--alias", "candidate"],
      wanted.arguments,
    )
  }) }
  schedules = length(var.retraining) > 0 ? 1 : 0
}

resource "aws_ecs_task_definition" "retrain" {
  family                   = "${var.name}-retrain"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.sizes.retrain.cpu
  memory                   = var.sizes.retrain.memory_mib
  execution_role_arn       = aws_iam_role.execution["retrain"].arn
  task_role_arn            = aws_iam_role.task["retrain"].arn
  container_definitions    = jsonencode([local.retraining_container])
  skip_destroy             = true
  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }
  volume {
    name = "tmp"
  }
}

resource "aws_scheduler_schedule_group" "retrain" {
  count = local.schedules
  name  = "${var.name}-retrain"
}

resource "aws_scheduler_schedule" "retrain" {
  for_each            = local.retraining
  name                = each.key
  group_name          = aws_scheduler_schedule_group.retrain[0].name
  description         = "Train ${each.key} again, where something has changed"
  schedule_expression = each.value.schedule
  flexible_time_window {
    mode = "OFF"
  }
  target {
    arn      = var.cluster.arn
    role_arn = aws_iam_role.scheduler[0].arn
    input    = jsonencode({ containerOverrides = [{ name = "retrain", command = each.value.command }] })
    ecs_parameters {
      task_definition_arn = aws_ecs_task_definition.retrain.arn
      task_count          = 1
      launch_type         = "FARGATE"
      network_configuration {
        subnets          = var.network.subnet_ids
        security_groups  = [aws_security_group.this["client"].id]
        assign_public_ip = false
      }
    }
    retry_policy {
      maximum_retry_attempts       = 3
      maximum_event_age_in_seconds = 3600
    }
  }
  depends_on = [aws_iam_role_policy.scheduler, aws_iam_role_policy.execution, aws_iam_role_policy.task, aws_vpc_security_group_egress_rule.to_mlflow]
}

# A training that fails tells whom alarms tell: it failed to start, or ended with another code than 0.
resource "aws_cloudwatch_event_rule" "retraining_failed" {
  count       = local.schedules
  name        = "${var.name}-retraining-failed"
  description = "A training on a schedule failed"
  event_pattern = jsonencode({
    source      = ["aws.ecs"]
    detail-type = ["ECS Task State Change"]
    detail = {
      clusterArn = [var.cluster.arn]
      group      = ["family:${var.name}-retrain"]
      lastStatus = ["STOPPED"]
      "$or"      = [{ containers = { exitCode = [{ anything-but = 0 }] } }, { stopCode = ["TaskFailedToStart"] }]
    }
  })
}

resource "aws_cloudwatch_event_target" "retraining_failed" {
  count = local.schedules
  rule  = aws_cloudwatch_event_rule.retraining_failed[0].name
  arn   = var.alarm_topic_arn
}
