# Execution: what ECS does to start a task. Task: what the program itself may do. Scheduler: to start a training, and nothing else.
locals {
  repository = format("arn:%s:ecr:%s:%s:repository/%s", var.location.partition, regex("\\.ecr\\.([a-z0-9-]+)\\.", var.image)[0],
  regex("^[0-9]{12}", var.image), regex("amazonaws\\.com/([^@]+)@", var.image)[0])
  task_policies = {
    mlflow  = data.aws_iam_policy_document.artifacts.json
    sync    = var.catalog.writer_policy
    retrain = var.catalog.reader_policy
  }
}

data "aws_iam_policy_document" "trust" {
  for_each = toset(["ecs-tasks", "scheduler"])
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["${each.key}.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.location.account_id]
    }
  }
}

data "aws_iam_policy_document" "execution" {
  for_each = local.programs
  statement {
    sid       = "LogInToRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"] # this call knows no resource
  }
  statement {
    sid       = "PullImage"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = [local.repository]
  }
  statement {
    sid       = "WriteLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.this[each.key].arn}:*"]
  }
  dynamic "statement" {
    for_each = each.key == "mlflow" ? [1] : []
    content {
      sid       = "ReadPassword"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = [var.database.secret_arn]
    }
  }
}

resource "aws_iam_role" "execution" {
  for_each             = local.programs
  name                 = "${var.name}-${each.key}-execution"
  assume_role_policy   = data.aws_iam_policy_document.trust["ecs-tasks"].json
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "execution" {
  for_each = local.programs
  name     = "start-tasks"
  role     = aws_iam_role.execution[each.key].id
  policy   = data.aws_iam_policy_document.execution[each.key].json
}

data "aws_iam_policy_document" "artifacts" {
  statement {
    sid       = "ListArtifacts"
    actions   = ["s3:ListBucket"]
    resources = [module.artifacts.arn]
  }
  statement {
    sid       = "KeepArtifacts"
    actions   = ["s3:GetObject", "s3:PutObject"] # no delete: what a version was made of stays
    resources = ["${module.artifacts.arn}/artifacts/*"]
  }
}

resource "aws_iam_role" "task" {
  for_each             = local.programs
  name                 = "${var.name}-${each.key}-task"
  assume_role_policy   = data.aws_iam_policy_document.trust["ecs-tasks"].json
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "task" {
  for_each = local.programs
  name     = each.key
  role     = aws_iam_role.task[each.key].id
  policy   = local.task_policies[each.key]
}

data "aws_iam_policy_document" "scheduler" {
  statement {
    sid       = "StartTraining"
    actions   = ["ecs:RunTask"]
    resources = ["arn:${var.location.partition}:ecs:${var.location.region}:${var.location.account_id}:task-definition/${var.name}-retrain:*"]
    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [var.cluster.arn]
    }
  }
  statement {
    sid       = "HandOverRoles"
    actions   = ["iam:PassRole"]
    resources = [aws_iam_role.execution["retrain"].arn, aws_iam_role.task["retrain"].arn]
    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "scheduler" {
  count                = local.schedules
  name                 = "${var.name}-retrain-scheduler"
  assume_role_policy   = data.aws_iam_policy_document.trust["scheduler"].json
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "scheduler" {
  count  = local.schedules
  name   = "start-trainings"
  role   = aws_iam_role.scheduler[0].id
  policy = data.aws_iam_policy_document.scheduler.json
}
