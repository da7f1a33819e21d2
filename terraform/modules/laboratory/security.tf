# Who may call whom: operator, trainings and the callers named call MLflow; nobody calls those.
locals {
  callers = merge(var.callers, { client = aws_security_group.this["client"].id })
}

resource "aws_security_group" "this" {
  for_each    = { mlflow = "MLflow's server", client = "Operator and trainings" }
  name        = "${var.name}-laboratory-${each.key}"
  description = each.value
  vpc_id      = var.network.vpc_id
  tags        = { Name = "${var.name}-laboratory-${each.key}" }
}

resource "aws_vpc_security_group_ingress_rule" "mlflow" {
  for_each                     = local.callers
  security_group_id            = aws_security_group.this["mlflow"].id
  description                  = "From ${each.key}"
  referenced_security_group_id = each.value
  from_port                    = local.port
  to_port                      = local.port
  ip_protocol                  = "tcp"
}

resource "aws_vpc_security_group_egress_rule" "to_mlflow" {
  security_group_id            = aws_security_group.this["client"].id
  description                  = "To MLflow"
  referenced_security_group_id = aws_security_group.this["mlflow"].id
  from_port                    = local.port
  to_port                      = local.port
  ip_protocol                  = "tcp"
}

resource "aws_vpc_security_group_egress_rule" "https" {
  for_each          = aws_security_group.this
  security_group_id = each.value.id
  description       = "AWS APIs"
  cidr_ipv4         = "0.0.0.0/0"
  from_port         = 443
  to_port           = 443
  ip_protocol       = "tcp"
}
