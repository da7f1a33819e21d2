# One dashboard, what tells of a failed release, and what the month may cost.
resource "aws_cloudwatch_event_rule" "release_failed" {
  name        = "${var.name}-release-failed"
  description = "A release of a service failed or was rolled back"
  event_pattern = jsonencode({
    source      = ["aws.ecs"]
    detail-type = ["ECS Deployment State Change"]
    detail      = { eventName = ["SERVICE_DEPLOYMENT_FAILED"] }
    resources   = [{ wildcard = "arn:*:ecs:*:*:service/${var.name}/*" }]
  })
}

resource "aws_cloudwatch_event_target" "release_failed" {
  rule = aws_cloudwatch_event_rule.release_failed.name
  arn  = aws_sns_topic.alarms.arn
}

resource "aws_budgets_budget" "month" {
  count        = var.monthly_budget_usd == null ? 0 : 1
  name         = var.name
  budget_type  = "COST"
  limit_amount = tostring(var.monthly_budget_usd)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"
  cost_filter {
    name   = "TagKeyValue"
    values = [format("user:Environment$%s", var.environment)]
  }
  dynamic "notification" {
    for_each = { ACTUAL = 80, FORECASTED = 100 }
    content {
      comparison_operator       = "GREATER_THAN"
      notification_type         = notification.key
      threshold                 = notification.value
      threshold_type            = "PERCENTAGE"
      subscriber_sns_topic_arns = [aws_sns_topic.alarms.arn]
    }
  }
}

# The budget tells what the month will cost; this what a day suddenly costs more than such a day did, weeks before the budget is reached.
# Both count by the tag Environment, which the account's owner activates once as a cost allocation tag.
resource "aws_ce_anomaly_monitor" "environment" {
  count                 = var.monthly_budget_usd == null ? 0 : 1
  name                  = var.name
  monitor_type          = "CUSTOM"
  monitor_specification = jsonencode({ And = null, CostCategories = null, Dimensions = null, Not = null, Or = null, Tags = { Key = "Environment", MatchOptions = null, Values = [var.environment] } })
}

resource "aws_ce_anomaly_subscription" "environment" {
  count            = var.monthly_budget_usd == null ? 0 : 1
  name             = var.name
  frequency        = "IMMEDIATE" # the only one that goes to a topic
  monitor_arn_list = [aws_ce_anomaly_monitor.environment[0].arn]
  subscriber {
    type    = "SNS"
    address = aws_sns_topic.alarms.arn
  }
  threshold_expression {
    dimension {
      key           = "ANOMALY_TOTAL_IMPACT_ABSOLUTE"
      match_options = ["GREATER_THAN_OR_EQUAL"]
      values        = [tostring(max(10, ceil(var.monthly_budget_usd / 20)))]
    }
  }
  depends_on = [aws_sns_topic_policy.alarms]
}

locals {
  widgets = {
    "Answers a minute" = [for group in var.load_balancer.target_group_arn_suffixes :
    ["AWS/ApplicationELB", "RequestCount", "LoadBalancer", var.load_balancer.arn_suffix, "TargetGroup", group, { stat = "Sum" }]]
    "Answer time, s" = [for stat in ["p50", "p95", "p99"] :
    ["AWS/ApplicationELB", "TargetResponseTime", "LoadBalancer", var.load_balancer.arn_suffix, { stat = stat }]]
    "Embedder queue, texts a task" = [[var.metrics_namespace, "embedder_queue_size_rows", "Service", "embedder", { stat = "Average" }]]
    "Requests in a task: waiting, running, may run" = flatten([for service in ["gateway", "heads"] : [for what in ["waiting", "running", "limit"] :
    [var.metrics_namespace, "${service}_door_${what}_requests", "Service", service, { stat = "Average" }]]])
    "Refused as overloaded, a minute" = [for service in ["gateway", "heads"] :
    [var.metrics_namespace, "${service}_door_refusals_total", "Service", service, { stat = "Sum" }]]
    "CPU, %" = [for service in ["embedder", "gateway", "heads"] :
    ["AWS/ECS", "CPUUtilization", "ClusterName", var.name, "ServiceName", "${var.name}-${service}", { stat = "Average" }]]
    "Tasks" = [for service in ["embedder", "gateway", "heads"] :
    ["ECS/ContainerInsights", "RunningTaskCount", "ClusterName", var.name, "ServiceName", "${var.name}-${service}", { stat = "Maximum" }]]
    "Memory, %" = [for service in ["embedder", "gateway", "heads"] :
    ["AWS/ECS", "MemoryUtilization", "ClusterName", var.name, "ServiceName", "${var.name}-${service}", { stat = "Maximum" }]]
  }
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = [for index, title in keys(local.widgets) : {
      type       = "metric", width = 8, height = 6, x = index % 3 * 8, y = floor(index / 3) * 6
      properties = { title = title, region = var.region, period = 60, metrics = local.widgets[title] }
    }]
  })
}
