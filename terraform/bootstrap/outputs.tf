output "state_bucket" {
  description = "For `terraform init -backend-config=bucket=...` of an environment."
  value       = aws_s3_bucket.state.bucket
}

output "repositories" {
  description = "Where images are pushed."
  value       = { for name, repository in aws_ecr_repository.this : name => repository.repository_url }
}
