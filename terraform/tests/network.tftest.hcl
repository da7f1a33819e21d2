# Ways in and out: only the load balancer is public; NAT and endpoints by switch; every bucket closed.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-central-1a", "eu-central-1b", "eu-central-1c"] }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
  mock_data "aws_ssm_parameter" {
    defaults = { insecure_value = "ami-0123456789abcdef0" }
  }
}


variables {
  name                = "trunkline-test"
  region              = "eu-central-1"
  account_id          = "123456789012"
  cidr                = "10.40.0.0/16"
  az_count            = 3
  nat_mode            = "none"
  interface_endpoints = true
  log_retention_days  = 30
}

run "endpoints_alone" {
  module {
    source = "./modules/network"
  }
  assert {
    condition     = length(aws_nat_gateway.this) == 0 && length(aws_route.nat) == 0
    error_message = "Without NAT no private subnet has a way out."
  }
  assert {
    condition     = length(setsubtract(["ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry", "logs", "monitoring", "secretsmanager", "ssm"], keys(aws_vpc_endpoint.interface))) == 0
    error_message = "Without NAT every API that a task start needs has an endpoint."
  }
  assert {
    condition     = aws_vpc_security_group_ingress_rule.endpoints[0].cidr_ipv4 == "10.40.0.0/16"
    error_message = "Endpoints are called from inside the VPC only."
  }
}

run "one_nat_for_all" {
  module {
    source = "./modules/network"
  }
  variables {
    nat_mode            = "single"
    interface_endpoints = false
  }
  assert {
    condition     = length(aws_nat_gateway.this) == 1 && length(aws_route.nat) == 3 && length(aws_vpc_endpoint.interface) == 0
    error_message = "One NAT gateway serves every zone."
  }
}

run "one_nat_a_zone" {
  module {
    source = "./modules/network"
  }
  variables {
    nat_mode = "per_az"
  }
  assert {
    condition     = length(aws_nat_gateway.this) == 3
    error_message = "Each zone has its own NAT gateway."
  }
}

run "subnets_are_private_and_apart" {
  module {
    source = "./modules/network"
  }
  assert {
    condition     = alltrue([for subnet in concat(aws_subnet.private, aws_subnet.public) : subnet.map_public_ip_on_launch != true]) && length(distinct(concat(aws_subnet.private, aws_subnet.public)[*].cidr_block)) == 6
    error_message = "No subnet hands out public addresses, and none overlaps another."
  }
  assert {
    condition     = length(aws_default_security_group.closed.ingress) == 0 && length(aws_default_security_group.closed.egress) == 0
    error_message = "The default security group lets nothing through."
  }
  assert {
    condition     = aws_cloudwatch_log_group.flow.retention_in_days == 30
    error_message = "The flow log ends."
  }
}

run "the_load_balancer_is_the_one_way_in" {
  module {
    source = "./modules/edge"
  }
  variables {
    account_id             = "123456789012"
    vpc_id                 = "vpc-1"
    subnet_ids             = ["subnet-1", "subnet-2"]
    internal               = false
    ingress_cidrs          = ["0.0.0.0/0"]
    certificate_arn        = "arn:aws:acm:eu-central-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
    target_port            = 8080
    idle_timeout_s         = 60
    deregistration_delay_s = 25
    deletion_protection    = true
  }
  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_ingress_rule.https : rule.from_port == 443 && rule.to_port == 443])
    error_message = "Only HTTPS."
  }
  assert {
    condition     = aws_lb_listener.https.protocol == "HTTPS" && aws_lb_listener.https.ssl_policy == "ELBSecurityPolicy-TLS13-1-2-2021-06"
    error_message = "TLS 1.2 or 1.3."
  }
  assert {
    condition     = length(aws_lb_target_group.this) == 2 && alltrue([for group in aws_lb_target_group.this : tonumber(group.deregistration_delay) == 25])
    error_message = "A canary needs two target groups, both of which wait for running requests."
  }
}

run "the_runner_calls_the_load_balancer_inside_and_outside" {
  module {
    source = "./modules/edge"
  }
  variables {
    account_id             = "123456789012"
    vpc_id                 = "vpc-1"
    subnet_ids             = ["subnet-1", "subnet-2"]
    internal               = false
    ingress_cidrs          = ["203.0.113.0/24"]
    certificate_arn        = "arn:aws:acm:eu-central-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
    target_port            = 8080
    idle_timeout_s         = 60
    deregistration_delay_s = 25
    deletion_protection    = true
    runner                 = { group_id = "sg-9", nat_cidrs = ["198.51.100.1/32", "198.51.100.2/32"] }
    web_acl_arn            = "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/x/00000000-0000-0000-0000-000000000000"
    record                 = { zone_id = "Z1", name = "trunkline.example.com" }
  }
  assert {
    condition     = [for rule in aws_vpc_security_group_ingress_rule.nat : rule.cidr_ipv4] == ["198.51.100.1/32", "198.51.100.2/32"] && length(aws_vpc_security_group_ingress_rule.runner) == 0
    error_message = "A public load balancer sees the runner with the NAT gateways' addresses."
  }
  assert {
    condition     = length(aws_wafv2_web_acl_association.this) == 1 && one(aws_route53_record.this).type == "A"
    error_message = "The web ACL and the name belong to the load balancer."
  }
}

run "buckets_are_closed" {
  module {
    source = "./modules/bucket"
  }
  variables {
    force_destroy = false
    expire_days   = 30
  }
  assert {
    condition     = aws_s3_bucket_public_access_block.this.block_public_acls && aws_s3_bucket_public_access_block.this.block_public_policy && aws_s3_bucket_public_access_block.this.ignore_public_acls && aws_s3_bucket_public_access_block.this.restrict_public_buckets
    error_message = "A bucket must not become public."
  }
  assert {
    condition     = aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled"
    error_message = "A bucket keeps what was overwritten."
  }
}
