output "url" {
  description = "The load balancer. Point the certificate's name here by CNAME or alias record."
  value       = "https://${module.edge.dns_name}"
}

output "load_balancer_zone_id" {
  description = "Hosted zone of the load balancer, for an alias record."
  value       = module.edge.zone_id
}

output "cluster" {
  description = "Name of the ECS cluster."
  value       = module.cluster.name
}

output "services" {
  description = "Names of the ECS services."
  value       = { embedder = module.embedder.service_name, gateway = module.gateway.service_name, heads = module.heads.service_name }
}

output "catalog" {
  description = "Where `heads promote` writes."
  value       = "s3://${module.catalog.name}/heads"
}

output "catalog_writer_policy_arn" {
  description = "Policy for those who promote heads."
  value       = aws_iam_policy.catalog_writer.arn
}

output "database" {
  description = "Address of the database and the secret with its password; null without."
  value       = module.data.database
}

output "shared_cache" {
  description = "Address of the shared cache and the user to enter as; null without."
  value       = module.data.shared_cache
}

output "alarm_topic_arn" {
  description = "Topic that alarms are sent to."
  value       = module.observability.topic_arn
}

output "timeouts_s" {
  description = "Every time-out on a request's path, in seconds."
  value       = local.timeouts_s
}
