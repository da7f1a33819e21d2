output "rollback_alarms" {
  description = "Alarms that roll a release of each service back."
  value = {
    embedder = [aws_cloudwatch_metric_alarm.embedder_not_serving.alarm_name]
    gateway  = [aws_cloudwatch_metric_alarm.gateway_errors.alarm_name, aws_cloudwatch_metric_alarm.gateway_latency.alarm_name]
    heads    = [aws_cloudwatch_metric_alarm.heads_errors.alarm_name]
  }
}

output "topic_arn" {
  description = "Topic that alarms are sent to."
  value       = aws_sns_topic.alarms.arn
}

output "door_alarms" {
  description = "Alarms on want of room, by service."
  value = { for service in ["gateway", "heads"] : service => [
    aws_cloudwatch_metric_alarm.door_refusals[service].alarm_name, aws_cloudwatch_metric_alarm.door_waiting[service].alarm_name,
  ] }
}
