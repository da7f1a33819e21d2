output "container_definitions" {
  description = "The container of the task, for checks."
  value       = [local.container]
}

output "family" {
  description = "Family of the task definition."
  value       = aws_ecs_task_definition.this.family
}
