output "tracking_uri" {
  description = "Where MLflow is, inside the VPC."
  value       = local.tracking_uri
}

output "server_security_group_id" {
  description = "Security group of MLflow's server, which calls the database."
  value       = aws_security_group.this["mlflow"].id
}

output "containers" {
  description = "The container of each task, for checks."
  value       = { mlflow = local.server_container, sync = local.operator_container, retrain = local.retraining_container }
}

output "commands" {
  description = "What each schedule runs, for checks."
  value       = { for head, wanted in local.retraining : head => wanted.command }
}
