output "state_bucket" {
  description = "For `terraform init -backend-config=bucket=...` of an environment."
  value       = aws_s3_bucket.state.bucket
}

output "repositories" {
  description = "Where images are pushed."
  value       = { for name, repository in aws_ecr_repository.this : name => repository.repository_url }
}

output "pipeline_roles" {
  description = "ROLE_ARN of each environment of the repository, by its name."
  value       = { for name, environment in local.pipeline : environment => aws_iam_role.pipeline[name].arn }
}

output "permissions_boundaries" {
  description = "`permissions_boundary_arn` of each environment."
  value       = { for environment, policy in aws_iam_policy.boundary : environment => policy.arn }
}
