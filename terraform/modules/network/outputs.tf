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
  # Who starts there pulls images at once: the way out must stand.
  depends_on = [
    aws_route.nat, aws_route_table_association.private, aws_vpc_endpoint.interface, aws_vpc_endpoint.s3,
    aws_vpc_security_group_ingress_rule.endpoints,
  ]
}

output "public_subnet_ids" {
  description = "Where a public load balancer lives."
  value       = aws_subnet.public[*].id
  depends_on  = [aws_route.internet, aws_route_table_association.public]
}

output "nat_cidrs" {
  description = "Addresses that private subnets are seen with outside; as many as there are NAT gateways."
  value       = [for address in aws_eip.nat : "${address.public_ip}/32"]
}
