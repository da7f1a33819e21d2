# Two roles: what ECS does to start a task (execution), and what the service itself may do (task).
locals {
  repositories = [for image in compact([var.image, try(var.metrics_agent.image, "")]) :
    format("arn:%s:ecr:%s:%s:repository/%s", var.location.partition, regex("\\.ecr\\.([a-z0-9-]+)\\.", image)[0],
    regex("^[0-9]{12}", image), regex("amazonaws\\.com/([^@]+)@", image)[0])
  ]
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.location.account_id]
    }
  }
}

data "aws_iam_policy_document" "execution" {
  statement {
    sid       = "LogInToRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"] # this call knows no resource
  }
  statement {
    sid       = "PullImages"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = local.repositories
  }
  statement {
    sid       = "WriteLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.this.arn}:*"]
  }
  dynamic "statement" {
    for_each = length(var.secrets) > 0 ? [1] : []
    content {
      sid       = "ReadSecrets"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = var.secret_arns
    }
  }
}

data "aws_iam_policy_document" "agent" {
  count = var.metrics_agent == null ? 0 : 1
  statement {
    sid       = "PublishMetrics"
    actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.metrics[0].arn}:*"]
  }
}

resource "aws_iam_role" "execution" {
  name                 = "${local.full_name}-execution"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "execution" {
  name   = "start-tasks"
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.execution.json
}

resource "aws_iam_role" "task" {
  name                 = "${local.full_name}-task"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "task" {
  for_each = var.task_policies
  name     = each.key
  role     = aws_iam_role.task.id
  policy   = each.value
}

resource "aws_iam_role_policy" "agent" {
  count  = var.metrics_agent == null ? 0 : 1
  name   = "publish-metrics"
  role   = aws_iam_role.task.id
  policy = data.aws_iam_policy_document.agent[0].json
}

# What the agent of a shell calls; none of these knows a resource.
data "aws_iam_policy_document" "break_glass" {
  count = var.break_glass ? 1 : 0
  statement {
    sid = "OpenShell"
    actions = [
      "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "break_glass" {
  count  = var.break_glass ? 1 : 0
  name   = "break-glass"
  role   = aws_iam_role.task.id
  policy = data.aws_iam_policy_document.break_glass[0].json
}
