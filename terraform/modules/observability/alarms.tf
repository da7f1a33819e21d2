# The alarms of alarms.json, which the tests play series against; `$NAME` and the like in it are filled in here.
locals {
  alarms = { for name, alarm in jsondecode(file("${path.module}/alarms.json")) : name => alarm
  if(!try(alarm.database, false) || var.database_identifier != null) && (!try(alarm.prediction_log, false) || var.prediction_log) }

  # Steps after metrics; the last of what there is decides.
  queries = { for name, alarm in local.alarms : name => merge(
    { for id, metric in alarm.metrics : id => { metric = metric, expression = null } },
    { for id, step in try(alarm.steps, {}) : id => { metric = null, expression = step } },
  ) }
  deciding = { for name, alarm in local.alarms : name => one([
    for id in keys(local.queries[name]) : id
    if !anytrue([for other in keys(local.queries[name]) : id != other && can(regex("\\b${id}\\b", coalesce(local.queries[name][other].expression, "-")))])
  ]) }

  filled_in = {
    "$LOAD_BALANCER" = var.load_balancer.arn_suffix
    "$GROUP_A"       = var.load_balancer.target_group_arn_suffixes[0]
    "$GROUP_B"       = var.load_balancer.target_group_arn_suffixes[1]
    "$NAMESPACE"     = var.metrics_namespace
    "$DATABASE"      = var.database_identifier
    "$P95_S"         = tostring(var.p95_alarm_s)
    "$QUEUE_DEPTH"   = tostring(var.queue_alarm_depth)
    "$REFUSALS"      = tostring(var.door_refusals_alarm)
    "$WAITING"       = tostring(var.door_waiting_alarm)
    "$CONNECTIONS"   = tostring(var.connections_alarm)
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each            = local.alarms
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.description
  comparison_operator = can(each.value.above) ? "GreaterThanThreshold" : "LessThanThreshold"
  threshold           = tonumber(lookup(local.filled_in, try(each.value.above, each.value.below), try(each.value.above, each.value.below)))
  evaluation_periods  = each.value.minutes
  datapoints_to_alarm = each.value.minutes
  treat_missing_data  = try(each.value.missing, "notBreaching")
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
  dynamic "metric_query" {
    for_each = local.queries[each.key]
    content {
      id          = metric_query.key
      label       = metric_query.key
      expression  = metric_query.value.expression
      return_data = metric_query.key == local.deciding[each.key]
      dynamic "metric" {
        for_each = metric_query.value.metric == null ? [] : [metric_query.value.metric]
        content {
          namespace   = lookup(local.filled_in, metric.value[0], metric.value[0])
          metric_name = metric.value[1]
          stat        = metric.value[2]
          period      = 60
          dimensions  = { for name, value in metric.value[3] : name => lookup(local.filled_in, value, replace(value, "$NAME", var.name)) }
        }
      }
    }
  }
}
