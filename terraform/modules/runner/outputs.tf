output "security_group_id" {
  description = "Security group of the runner."
  value       = aws_security_group.this.id
}

output "name" {
  description = "Name of the project, as `runs-on` has it."
  value       = aws_codebuild_project.this.name
}
