output "arn" {
  description = "The cluster."
  value       = aws_ecs_cluster.this.arn
}

output "name" {
  description = "Its name, once its capacity providers stand."
  value       = aws_ecs_cluster_capacity_providers.this.cluster_name
}

output "namespace_arn" {
  description = "Where services find each other."
  value       = aws_service_discovery_http_namespace.this.arn
}

output "gpu_capacity_provider" {
  description = "Name of the GPU capacity provider; null without."
  value       = one(aws_ecs_capacity_provider.gpu[*].name)
}
