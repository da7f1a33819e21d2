# Who may call whom. Nothing comes in from outside the VPC but HTTPS to the load balancer.
locals {
  flows = {
    alb-gateway      = { from = module.edge.security_group_id, to = "gateway", port = local.ports.gateway }
    gateway-embedder = { from = aws_security_group.service["gateway"].id, to = "embedder", port = local.ports.embedder }
    gateway-heads    = { from = aws_security_group.service["gateway"].id, to = "heads", port = local.ports.heads }
  }
}

resource "aws_security_group" "service" {
  for_each    = toset(["embedder", "gateway", "heads"])
  name        = "${local.name}-${each.key}"
  description = "Tasks of ${local.name}-${each.key}"
  vpc_id      = module.network.vpc_id
  tags        = { Name = "${local.name}-${each.key}" }
}

resource "aws_vpc_security_group_ingress_rule" "flow" {
  for_each                     = local.flows
  security_group_id            = aws_security_group.service[each.value.to].id
  description                  = each.key
  referenced_security_group_id = each.value.from
  from_port                    = each.value.port
  to_port                      = each.value.port
  ip_protocol                  = "tcp"
}

resource "aws_vpc_security_group_egress_rule" "flow" {
  for_each                     = local.flows
  security_group_id            = each.value.from
  description                  = each.key
  referenced_security_group_id = aws_security_group.service[each.value.to].id
  from_port                    = each.value.port
  to_port                      = each.value.port
  ip_protocol                  = "tcp"
}

resource "aws_vpc_security_group_egress_rule" "https" {
  for_each          = aws_security_group.service
  security_group_id = each.value.id
  description       = "AWS APIs"
  cidr_ipv4         = "0.0.0.0/0"
  from_port         = 443
  to_port           = 443
  ip_protocol       = "tcp"
}

# Made empty: a value given here would lie in Terraform's state. `aws secretsmanager put-secret-value` fills them.
resource "aws_secretsmanager_secret" "gateway" {
  for_each                = var.gateway_secret_names
  name                    = "${local.name}/${each.key}"
  description             = "Setting ${each.key} of the gateway"
  recovery_window_in_days = var.deletion_protection ? 30 : 0 # where all may be destroyed, the next apply needs the name at once
}

# What the gateway shows to the heads service to take a bad candidate back. Without a catalog that can be written there is nothing to take back.
resource "aws_secretsmanager_secret" "heads_token" {
  count                   = var.catalog_in_s3 ? 1 : 0
  name                    = "${local.name}/HEADS_TOKEN"
  description             = "Shared by gateway and heads"
  recovery_window_in_days = var.deletion_protection ? 30 : 0 # where all may be destroyed, the next apply needs the name at once
}

locals {
  # Tasks wait for what lets them out.
  task_rules = concat(
    [for rule in aws_vpc_security_group_egress_rule.https : rule.id],
    [for rule in aws_vpc_security_group_egress_rule.flow : rule.id],
    [for rule in aws_vpc_security_group_ingress_rule.flow : rule.id],
    module.data.rule_ids,
  )
  heads_token_arns = aws_secretsmanager_secret.heads_token[*].arn
}
