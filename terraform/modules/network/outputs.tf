output "vpc_id" {
  description = "The VPC."
  value       = aws_vpc.this.id
}

output "vpc_cidr" {
  description = "Its address range."
  value       = aws_vpc.this.cidr_block
}

output "private_subnet_ids" {
  description = "Where tasks, database and cache live."
  value       = aws_subnet.private[*].id
}

output "public_subnet_ids" {
  description = "Where a public load balancer lives."
  value       = aws_subnet.public[*].id
}
