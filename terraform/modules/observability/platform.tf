# Alarms on what carries the services, and one dashboard.
resource "aws_cloudwatch_metric_alarm" "no_tasks" {
  for_each            = toset(["embedder", "gateway", "heads"])
  alarm_name          = "${var.name}-${each.key}-no-tasks"
  alarm_description   = "No task of ${each.key} is running."
  namespace           = "ECS/ContainerInsights"
  metric_name         = "RunningTaskCount"
  statistic           = "Maximum"
  dimensions          = { ClusterName = var.name, ServiceName = "${var.name}-${each.key}" }
  period              = 60
  evaluation_periods  = 3
  datapoints_to_alarm = 3
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "database" {
  for_each = var.database_identifier == null ? {} : {
    cpu     = { metric = "CPUUtilization", above = true, threshold = 80 }
    storage = { metric = "FreeStorageSpace", above = false, threshold = 4 * 1024 * 1024 * 1024 }
  }
  alarm_name          = "${var.name}-database-${each.key}"
  alarm_description   = "The database's ${each.key} is short."
  namespace           = "AWS/RDS"
  metric_name         = each.value.metric
  statistic           = "Average"
  dimensions          = { DBInstanceIdentifier = var.database_identifier }
  period              = 300
  evaluation_periods  = 3
  datapoints_to_alarm = 3
  comparison_operator = each.value.above ? "GreaterThanThreshold" : "LessThanThreshold"
  threshold           = each.value.threshold
  treat_missing_data  = "missing"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
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
