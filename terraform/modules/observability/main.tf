# Alarms: which ones roll a release back, and whom they tell.
data "aws_iam_policy_document" "topic" {
  statement {
    sid       = "AlarmsPublish"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]
    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

resource "aws_sns_topic" "alarms" {
  name = "${var.name}-alarms"
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.topic.json
}

resource "aws_sns_topic_subscription" "email" {
  for_each  = var.alarm_emails
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.value
}

# Share of gateway answers that are 5xx, over both target groups, so that a canary counts wherever it stands.
resource "aws_cloudwatch_metric_alarm" "gateway_errors" {
  alarm_name          = "${var.name}-gateway-errors"
  alarm_description   = "More than 2 % of the gateway's answers are 5xx."
  comparison_operator = "GreaterThanThreshold"
  threshold           = 2
  evaluation_periods  = 2
  datapoints_to_alarm = 2
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
  metric_query {
    id          = "share"
    label       = "5xx, %"
    expression  = "IF(all0 + all1 > 20, 100 * (bad0 + bad1) / (all0 + all1), 0)"
    return_data = true
  }
  dynamic "metric_query" {
    for_each = {
      bad0 = ["HTTPCode_Target_5XX_Count", var.load_balancer.target_group_arn_suffixes[0]]
      bad1 = ["HTTPCode_Target_5XX_Count", var.load_balancer.target_group_arn_suffixes[1]]
      all0 = ["RequestCount", var.load_balancer.target_group_arn_suffixes[0]]
      all1 = ["RequestCount", var.load_balancer.target_group_arn_suffixes[1]]
    }
    content {
      id          = "raw_${metric_query.key}"
      return_data = false
      metric {
        namespace   = "AWS/ApplicationELB"
        metric_name = metric_query.value[0]
        period      = 60
        stat        = "Sum"
        dimensions  = { LoadBalancer = var.load_balancer.arn_suffix, TargetGroup = metric_query.value[1] }
      }
    }
  }
  # A target group without traffic has no data at all, and without FILL the sum would have none either.
  dynamic "metric_query" {
    for_each = toset(["bad0", "bad1", "all0", "all1"])
    content {
      id          = metric_query.value
      expression  = "FILL(raw_${metric_query.value}, 0)"
      return_data = false
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "gateway_latency" {
  alarm_name          = "${var.name}-gateway-latency"
  alarm_description   = "The 95th percentile of answer times is above ${var.p95_alarm_s} s."
  namespace           = "AWS/ApplicationELB"
  metric_name         = "TargetResponseTime"
  extended_statistic  = "p95"
  dimensions          = { LoadBalancer = var.load_balancer.arn_suffix }
  period              = 60
  evaluation_periods  = 3
  datapoints_to_alarm = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.p95_alarm_s
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

# What callers of heads got, as Service Connect's proxies count it.
resource "aws_cloudwatch_metric_alarm" "heads_errors" {
  alarm_name          = "${var.name}-heads-errors"
  alarm_description   = "The heads service answered 5xx more than 5 times a minute."
  namespace           = "AWS/ECS"
  metric_name         = "HTTPCode_Target_5XX_Count"
  statistic           = "Sum"
  dimensions          = { TargetDiscoveryName = "${var.name}-heads" }
  period              = 60
  evaluation_periods  = 2
  datapoints_to_alarm = 2
  comparison_operator = "GreaterThanThreshold"
  threshold           = 5
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

# Requests that a door refused because nothing was free for them, as the agents in the tasks publish it.
resource "aws_cloudwatch_metric_alarm" "door_refusals" {
  for_each            = toset(["gateway", "heads"])
  alarm_name          = "${var.name}-${each.key}-overloaded"
  alarm_description   = "${each.key} refused more than ${var.door_refusals_alarm} requests a minute as overloaded: is max_counts reached, or what it waits for slow?"
  namespace           = var.metrics_namespace
  metric_name         = "${each.key}_door_refusals_total"
  statistic           = "Sum"
  dimensions          = { Service = each.key }
  period              = 60
  evaluation_periods  = 3
  datapoints_to_alarm = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.door_refusals_alarm
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "door_waiting" {
  for_each            = toset(["gateway", "heads"])
  alarm_name          = "${var.name}-${each.key}-waiting"
  alarm_description   = "Requests wait for a thread of ${each.key} although scaling had ten minutes."
  namespace           = var.metrics_namespace
  metric_name         = "${each.key}_door_waiting_requests"
  statistic           = "Average"
  dimensions          = { Service = each.key }
  period              = 60
  evaluation_periods  = 10
  datapoints_to_alarm = 10
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.door_waiting_alarm
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "embedder_not_serving" {
  alarm_name          = "${var.name}-embedder-not-serving"
  alarm_description   = "A task of the embedder says NOT_SERVING: its batch loop or runtime is stuck."
  namespace           = var.metrics_namespace
  metric_name         = "embedder_serving_state"
  statistic           = "Minimum"
  dimensions          = { Service = "embedder" }
  period              = 60
  evaluation_periods  = 3
  datapoints_to_alarm = 3
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "embedder_queue" {
  alarm_name          = "${var.name}-embedder-queue"
  alarm_description   = "Texts wait although scaling had ten minutes: is max_counts reached, or are there no GPUs?"
  namespace           = var.metrics_namespace
  metric_name         = "embedder_queue_size_rows"
  statistic           = "Average"
  dimensions          = { Service = "embedder" }
  period              = 60
  evaluation_periods  = 10
  datapoints_to_alarm = 10
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.queue_alarm_depth
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}
