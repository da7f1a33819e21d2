output "service_name" {
  description = "Name of the ECS service."
  value       = aws_ecs_service.this.name
}

output "task_role_arn" {
  description = "Role of the service itself."
  value       = aws_iam_role.task.arn
}

output "task_role_name" {
  description = "Name of that role."
  value       = aws_iam_role.task.name
}

output "container_definitions" {
  description = "The containers of a task, for checks."
  value       = concat([local.container], local.agent_containers)
}
