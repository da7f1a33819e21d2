output "dns_name" {
  description = "Name of the load balancer: point a CNAME or alias record of the certificate's name to it."
  value       = aws_lb.this.dns_name
}

output "zone_id" {
  description = "Its hosted zone, for an alias record."
  value       = aws_lb.this.zone_id
}

output "security_group_id" {
  description = "Its security group."
  value       = aws_security_group.this.id
}

output "arn_suffix" {
  description = "How its metrics name it."
  value       = aws_lb.this.arn_suffix
}

output "target_group_arn_suffixes" {
  description = "How metrics name the two target groups."
  value       = [for key in ["a", "b"] : aws_lb_target_group.this[key].arn_suffix]
}

output "attachment" {
  description = "What the gateway's service needs to stand behind it."
  value = {
    target_group_arn           = aws_lb_target_group.this["a"].arn
    alternate_target_group_arn = aws_lb_target_group.this["b"].arn
    listener_rule_arn          = aws_lb_listener_rule.gateway.arn
    role_arn                   = aws_iam_role.traffic.arn
  }
  depends_on = [aws_iam_role_policy_attachment.traffic]
}

output "closed_paths" {
  description = "Paths that the load balancer passes on to nobody."
  value       = flatten([for condition in aws_lb_listener_rule.metrics.condition : [for path in condition.path_pattern : tolist(path.values)]])
}
