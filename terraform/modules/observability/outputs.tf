output "rollback_alarms" {
  description = "Alarms that roll a release of each service back."
  value = { for service in ["embedder", "gateway", "heads"] : service => [
    for name, alarm in local.alarms : aws_cloudwatch_metric_alarm.this[name].alarm_name if contains(try(alarm.rolls_back, []), service)
  ] }
}

output "topic_arn" {
  description = "Topic that alarms are sent to."
  value       = aws_sns_topic.alarms.arn
}

output "door_alarms" {
  description = "Alarms on want of room, by service."
  value = { for service in ["gateway", "heads"] : service => [
    for what in ["overloaded", "waiting"] : aws_cloudwatch_metric_alarm.this["${service}-${what}"].alarm_name
  ] }
}
