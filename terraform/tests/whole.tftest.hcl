# The two kinds of embedder, secrets, time-outs and security of the whole.

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
  environment         = "dev"
  alb_ingress_cidrs   = ["203.0.113.0/24"]
  certificate_arn     = "arn:aws:acm:eu-central-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
  max_counts          = { embedder = 2, gateway = 2, heads = 2 }
  encoder_fingerprint = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  images = {
    embedder_cpu  = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/embedder-cpu@sha256:1111111111111111111111111111111111111111111111111111111111111111"
    embedder_gpu  = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/embedder-gpu@sha256:1111111111111111111111111111111111111111111111111111111111111111"
    gateway       = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/gateway@sha256:2222222222222222222222222222222222222222222222222222222222222222"
    heads         = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/heads@sha256:3333333333333333333333333333333333333333333333333333333333333333"
    metrics_agent = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/metrics-agent@sha256:4444444444444444444444444444444444444444444444444444444444444444"
  }
}

run "on_fargate" {
  variables {
    catalog_in_s3     = true
    extra_environment = { gateway = { GATEWAY_LOG_LEVEL = "warning" } }
  }
  assert {
    condition     = alltrue([for container in module.embedder.container_definitions : length(try(container.resourceRequirements, [])) == 0])
    error_message = "Fargate has no GPUs."
  }
  assert {
    condition     = contains(module.embedder.container_definitions[0].environment, { name = "EMBEDDER_RUNTIME", value = "openvino" })
    error_message = "On CPU the encoder runs on OpenVINO."
  }
  assert {
    condition     = contains(module.embedder.container_definitions[0].environment, { name = "EMBEDDER_PRECISION", value = "fp32" }) && endswith(split("@", module.embedder.container_definitions[0].image)[0], "embedder-cpu")
    error_message = "On CPU: its own image, and one number format whatever processor a task meets."
  }
  assert {
    condition     = contains(module.heads.container_definitions[0].environment, { name = "HEADS_POLL_INTERVAL_S", value = "10" })
    error_message = "A catalog in S3 is looked at seldom: each look is paid for."
  }
  assert {
    condition     = alltrue([for secret in aws_secretsmanager_secret.gateway : secret.recovery_window_in_days == 30])
    error_message = "A protected environment keeps deleted secrets for 30 days."
  }
  assert {
    condition     = module.cluster.gpu_capacity_provider == null
    error_message = "A CPU deployment must not keep GPU machines."
  }
  assert {
    condition = alltrue([
      contains(module.gateway.container_definitions[0].environment, { name = "GATEWAY_EMBEDDER", value = "embedder:50051" }),
      contains(module.gateway.container_definitions[0].environment, { name = "GATEWAY_HEADS", value = "http://heads:8081" }),
    ])
    error_message = "The gateway calls the Service Connect aliases."
  }
  assert {
    condition     = contains(module.gateway.container_definitions[0].environment, { name = "GATEWAY_EMBEDDER_WATCH_HEALTH", value = "false" })
    error_message = "Through the proxy a health watch would follow one task alone."
  }
  assert {
    condition     = module.embedder.container_definitions[0].portMappings[0].appProtocol == "grpc" && module.heads.container_definitions[0].portMappings[0].appProtocol == "http"
    error_message = "Without appProtocol, Service Connect balances connections instead of requests."
  }
  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_ingress_rule.flow : rule.cidr_ipv4 == null && rule.cidr_ipv6 == null && rule.referenced_security_group_id != null])
    error_message = "Services are called by security groups, never by addresses."
  }
  assert {
    condition     = toset(keys(aws_vpc_security_group_ingress_rule.flow)) == toset(["alb-gateway", "gateway-embedder", "gateway-heads"])
    error_message = "Only the load balancer calls the gateway, and only the gateway calls embedder and heads."
  }
  assert {
    condition     = toset([for secret in module.gateway.container_definitions[0].secrets : secret.name]) == toset(["GATEWAY_API_KEYS", "GATEWAY_HEADS_TOKEN"])
    error_message = "A secret is a reference in the task."
  }
  assert {
    condition     = [for secret in module.heads.container_definitions[0].secrets : secret.name] == ["HEADS_TOKEN"]
    error_message = "Heads know the token that the gateway shows."
  }
  assert {
    condition     = !contains([for setting in module.gateway.container_definitions[0].environment : setting.name], "GATEWAY_API_KEYS")
    error_message = "A secret must not be in the plain environment."
  }
  assert {
    condition = alltrue([
      for container in concat(module.embedder.container_definitions, module.gateway.container_definitions, module.heads.container_definitions) :
      alltrue([for setting in container.environment : !can(regex("KEY|SECRET|PASSWORD|CREDENTIAL|TOKEN$", setting.name))])
    ])
    error_message = "No setting that looks like a secret may be in the plain environment."
  }
  assert {
    condition     = contains(module.heads.container_definitions[0].environment, { name = "HEADS_CATALOG", value = "s3://trunkline-dev-catalog-123456789012/heads" })
    error_message = "HEADS_CATALOG must name the bucket."
  }
  assert {
    condition     = output.database == null && output.shared_cache == null
    error_message = "Nothing uses them yet."
  }
  assert {
    condition = alltrue([for service, containers in { gateway = module.gateway.container_definitions, heads = module.heads.container_definitions } : alltrue([
      for what in ["${service}_door_waiting_requests", "${service};(queue_full|waited|deadline|no_memory)"] : strcontains(jsondecode(jsonencode(containers))[1].environment[1].value, what)
    ])])
    error_message = "Agents publish what the doors of gateway and heads count: what waits, and what overload refused."
  }
  assert {
    condition     = toset(keys(module.observability.door_alarms)) == toset(["gateway", "heads"]) && alltrue([for alarms in values(module.observability.door_alarms) : length(alarms) == 2])
    error_message = "Want of room at a door is an alarm."
  }
  assert {
    condition     = contains(module.gateway.container_definitions[0].environment, { name = "GATEWAY_METRICS_OPEN", value = "true" }) && module.edge.closed_paths == ["/metrics"]
    error_message = "Metrics are open in the task only while the load balancer keeps callers from them."
  }
  assert {
    condition = alltrue([for containers in [module.gateway.container_definitions, module.heads.container_definitions] :
      strcontains(join(" ", containers[0].healthCheck.command), "/livez")
    ])
    error_message = "A container is replaced when it is not alive, never because another service is not ready."
  }
}

run "what_may_be_destroyed_can_be_made_again" {
  variables {
    deletion_protection = false
    catalog_in_s3       = true
  }
  assert {
    condition     = alltrue([for secret in concat(values(aws_secretsmanager_secret.gateway), aws_secretsmanager_secret.heads_token) : secret.recovery_window_in_days == 0])
    error_message = "A secret held after destroy would refuse the next apply its name."
  }
}

run "on_gpu" {
  variables {
    environment      = "prod"
    embedder_compute = "gpu"
    runner           = { repository = "https://github.com/OWNER/trunkline", connection_arn = "arn:aws:codeconnections:eu-central-1:123456789012:connection/00000000-0000-0000-0000-000000000000" }
    max_counts       = { embedder = 4, gateway = 8, heads = 4 }
  }
  assert {
    condition     = one(module.embedder.container_definitions[0].resourceRequirements).type == "GPU"
    error_message = "An embedder task needs one GPU."
  }
  assert {
    condition     = contains(module.embedder.container_definitions[0].environment, { name = "EMBEDDER_RUNTIME", value = "cuda" })
    error_message = "On GPU the encoder runs on CUDA."
  }
  assert {
    condition     = endswith(split("@", module.embedder.container_definitions[0].image)[0], "embedder-gpu")
    error_message = "On GPU: the image with CUDA."
  }
  assert {
    condition = alltrue([for containers in [module.embedder.container_definitions, module.gateway.container_definitions, module.heads.container_definitions] :
      containers[0].dockerLabels["trunkline.encoder"] == var.encoder_fingerprint
    ])
    error_message = "Each task says which encoder its release was made for."
  }
  assert {
    condition = alltrue([
      contains(module.observability.rollback_alarms.gateway, "trunkline-prod-gateway-errors"), contains(module.observability.rollback_alarms.gateway, "trunkline-prod-gateway-unhealthy"),
      contains(module.observability.rollback_alarms.heads, "trunkline-prod-gateway-coverage"), contains(module.observability.rollback_alarms.embedder, "trunkline-prod-gateway-errors"),
    ])
    error_message = "A release is rolled back by what callers see, not only by what its own targets answer."
  }
  assert {
    condition     = alltrue([for container in concat(module.gateway.container_definitions, module.heads.container_definitions) : length(try(container.resourceRequirements, [])) == 0])
    error_message = "Gateway and heads run without a GPU."
  }
  assert {
    condition     = [for secret in module.gateway.container_definitions[0].secrets : secret.name] == ["GATEWAY_API_KEYS"]
    error_message = "The gateway has keys by default: it does not start on a public address without."
  }
  assert {
    condition     = length(module.heads.container_definitions[0].secrets) == 0 && !contains([for setting in module.heads.container_definitions[0].environment : setting.name], "HEADS_CATALOG")
    error_message = "With the catalog of the image there is nothing to write, hence no token."
  }
}

run "time_outs_are_in_order" {
  command = plan
  assert {
    condition     = output.timeouts_s.embedder_request < output.timeouts_s.gateway_request && output.timeouts_s.heads_request < output.timeouts_s.gateway_request
    error_message = "Embedder and heads must give up before the gateway."
  }
  assert {
    condition     = output.timeouts_s.gateway_request < output.timeouts_s.alb_idle && output.timeouts_s.alb_idle < output.timeouts_s.gateway_keepalive
    error_message = "Gateway's request < load balancer's idle < gateway's keep-alive."
  }
  assert {
    condition     = output.timeouts_s.deregistration >= output.timeouts_s.gateway_request
    error_message = "The load balancer must wait for requests that run."
  }
  assert {
    condition     = output.timeouts_s.gateway_stop >= output.timeouts_s.deregistration + output.timeouts_s.gateway_drain
    error_message = "gateway: stop >= deregistration + drain."
  }
  assert {
    condition = alltrue([for service in ["embedder", "gateway", "heads"] :
      output.timeouts_s["${service}_request"] <= output.timeouts_s["${service}_drain"] && output.timeouts_s["${service}_drain"] < output.timeouts_s["${service}_stop"] && output.timeouts_s["${service}_stop"] <= 120
    ])
    error_message = "Every service: request <= drain < stop <= 120 s."
  }
}
