# HTTPS load balancer before the gateway, with the two target groups between which ECS shifts traffic.
resource "aws_security_group" "this" {
  name        = "${var.name}-alb"
  description = "HTTPS to the load balancer, from it to the gateway"
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.name}-alb" }
}

resource "aws_vpc_security_group_ingress_rule" "https" {
  for_each          = var.ingress_cidrs
  security_group_id = aws_security_group.this.id
  description       = "HTTPS from ${each.value}"
  cidr_ipv4         = each.value
  from_port         = 443
  to_port           = 443
  ip_protocol       = "tcp"
}

# The pipeline's runner inside the VPC: by its group, or, where the load balancer is public, by the addresses of the NAT gateways.
resource "aws_vpc_security_group_ingress_rule" "runner" {
  count                        = var.runner == null || !var.internal ? 0 : 1
  security_group_id            = aws_security_group.this.id
  description                  = "HTTPS from the pipeline's runner"
  referenced_security_group_id = var.runner.group_id
  from_port                    = 443
  to_port                      = 443
  ip_protocol                  = "tcp"
}

resource "aws_vpc_security_group_ingress_rule" "nat" {
  count             = var.runner == null || var.internal ? 0 : length(var.runner.nat_cidrs)
  security_group_id = aws_security_group.this.id
  description       = "HTTPS from the pipeline's runner, as seen outside"
  cidr_ipv4         = var.runner.nat_cidrs[count.index]
  from_port         = 443
  to_port           = 443
  ip_protocol       = "tcp"
}

resource "aws_wafv2_web_acl_association" "this" {
  count        = var.web_acl_arn == null ? 0 : 1
  resource_arn = aws_lb.this.arn
  web_acl_arn  = var.web_acl_arn
}

resource "aws_route53_record" "this" {
  count   = var.record == null ? 0 : 1
  zone_id = var.record.zone_id
  name    = var.record.name
  type    = "A"
  alias {
    name                   = aws_lb.this.dns_name
    zone_id                = aws_lb.this.zone_id
    evaluate_target_health = true
  }
}

resource "aws_lb" "this" {
  name                       = var.name
  load_balancer_type         = "application"
  internal                   = var.internal
  subnets                    = var.subnet_ids
  security_groups            = [aws_security_group.this.id]
  idle_timeout               = var.idle_timeout_s
  drop_invalid_header_fields = true
  enable_deletion_protection = var.deletion_protection
  access_logs {
    bucket  = module.access_logs.name
    enabled = true
  }
}

# Blue and green: ECS moves weight between them, one release after the other.
resource "aws_lb_target_group" "this" {
  for_each             = toset(["a", "b"])
  name                 = "${var.name}-gateway-${each.key}"
  vpc_id               = var.vpc_id
  target_type          = "ip"
  port                 = var.target_port
  protocol             = "HTTP"
  deregistration_delay = var.deregistration_delay_s
  health_check {
    # Alive, not ready: a gateway whose embedder is away answers 503 by itself, and replacing it would not help.
    path                = "/livez"
    matcher             = "200"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.this.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn
  default_action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      status_code  = "404"
    }
  }
}

# The gateway opens its metrics to the agent in its task; from here each answer would be another task's.
resource "aws_lb_listener_rule" "metrics" {
  listener_arn = aws_lb_listener.https.arn
  priority     = 10
  condition {
    path_pattern {
      values = ["/metrics"]
    }
  }
  action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      status_code  = "404"
    }
  }
}

resource "aws_lb_listener_rule" "gateway" {
  listener_arn = aws_lb_listener.https.arn
  priority     = 100
  condition {
    path_pattern {
      values = ["/*"]
    }
  }
  action {
    type = "forward"
    forward {
      target_group {
        arn    = aws_lb_target_group.this["a"].arn
        weight = 100
      }
      target_group {
        arn    = aws_lb_target_group.this["b"].arn
        weight = 0
      }
    }
  }
  lifecycle {
    ignore_changes = [action] # ECS moves the weights; setting them back in mid-release would break traffic
  }
}
