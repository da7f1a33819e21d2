# One service: what a task may do, how a release goes and how it goes back.

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
  name               = "gateway"
  prefix             = "trunkline-test"
  location           = { account_id = "123456789012", partition = "aws", region = "eu-central-1" }
  cluster            = { arn = "arn:aws:ecs:eu-central-1:123456789012:cluster/trunkline-test", name = "trunkline-test", namespace_arn = "arn:aws:servicediscovery:eu-central-1:123456789012:namespace/ns-1" }
  network            = { vpc_id = "vpc-1", subnet_ids = ["subnet-1"] }
  security_group_id  = "sg-1"
  image              = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/gateway@sha256:1111111111111111111111111111111111111111111111111111111111111111"
  size               = { cpu = 512, memory_mib = 1024, min_count = 2, max_count = 4 }
  port               = { number = 8080, protocol = "http", request_timeout_s = 25 }
  called_by_services = true
  environment        = { GATEWAY_HOST = "0.0.0.0" }
  health_command     = ["true"]
  start_period_s     = 60
  drain_timeout_s    = 30
  stop_timeout_s     = 70
  rollback_alarms    = ["trunkline-test-gateway-errors"]
  log_retention_days = 30
}

run "a_canary_is_watched_by_alarms" {
  module {
    source = "./modules/service"
  }
  variables {
    canary = { percent = 10, canary_bake_minutes = 5, bake_minutes = 5 }
    load_balancer = {
      target_group_arn           = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/a/1"
      alternate_target_group_arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/b/2"
      listener_rule_arn          = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener-rule/app/x/1/2/3"
      role_arn                   = "arn:aws:iam::123456789012:role/traffic"
    }
  }
  assert {
    condition     = aws_ecs_service.this.deployment_configuration[0].strategy == "CANARY" && aws_ecs_service.this.deployment_configuration[0].canary_configuration[0].canary_percent == 10
    error_message = "A new version gets a share first."
  }
  assert {
    condition     = aws_ecs_service.this.alarms[0].enable && aws_ecs_service.this.alarms[0].rollback && contains(aws_ecs_service.this.alarms[0].alarm_names, "trunkline-test-gateway-errors")
    error_message = "An alarm rolls it back."
  }
  assert {
    condition     = aws_ecs_service.this.deployment_circuit_breaker[0].enable && aws_ecs_service.this.deployment_circuit_breaker[0].rollback
    error_message = "A canary that never starts gives no answers that alarms could count: the circuit breaker ends it."
  }
  assert {
    condition     = aws_ecs_service.this.timeouts.create == "50m" && aws_ecs_service.this.timeouts.update == "50m"
    error_message = "Terraform waits for longer than the canary and the bake take."
  }
  assert {
    condition     = one(one(aws_ecs_service.this.load_balancer).advanced_configuration).alternate_target_group_arn == "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/b/2"
    error_message = "The canary stands in the other target group."
  }
}

run "a_shell_only_by_a_switch" {
  module {
    source = "./modules/service"
  }
  variables {
    break_glass = true
  }
  assert {
    condition     = aws_ecs_service.this.enable_execute_command && length(aws_iam_role_policy.break_glass) == 1 && !output.container_definitions[0].readonlyRootFilesystem
    error_message = "With break_glass a shell opens; its agent has to write."
  }
}

run "without_a_canary_the_circuit_breaker_rolls_back" {
  module {
    source = "./modules/service"
  }
  assert {
    condition     = aws_ecs_service.this.deployment_configuration[0].strategy == "ROLLING" && aws_ecs_service.this.deployment_circuit_breaker[0].enable && aws_ecs_service.this.deployment_circuit_breaker[0].rollback
    error_message = "A release that does not start goes back."
  }
  assert {
    condition     = aws_ecs_service.this.deployment_minimum_healthy_percent == 100 && aws_ecs_service.this.deployment_maximum_percent == 200
    error_message = "New tasks come before old ones go."
  }
}

run "in_place_needs_no_second_gpu" {
  module {
    source = "./modules/service"
  }
  variables {
    gpu               = true
    capacity_provider = "trunkline-test-gpu"
    in_place          = true
  }
  assert {
    condition     = aws_ecs_service.this.deployment_minimum_healthy_percent == 0 && aws_ecs_service.this.deployment_maximum_percent == 100
    error_message = "The old task goes first."
  }
  assert {
    condition     = aws_ecs_task_definition.this.requires_compatibilities == toset(["EC2"])
    error_message = "GPUs are on EC2."
  }
}

run "earlier_revisions_stay" {
  module {
    source = "./modules/service"
  }
  assert {
    condition     = aws_ecs_task_definition.this.skip_destroy
    error_message = "A roll-back needs the revision it goes to."
  }
}

run "every_log_ends" {
  module {
    source = "./modules/service"
  }
  variables {
    metrics_agent = { image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/agent@sha256:1111111111111111111111111111111111111111111111111111111111111111", port = 50052, namespace = "Trunkline/test", metrics = ["embedder_queue_size_rows"] }
  }
  assert {
    condition     = aws_cloudwatch_log_group.this.retention_in_days == 30 && aws_cloudwatch_log_group.metrics[0].retention_in_days == 1
    error_message = "Logs must not be kept for ever."
  }
  assert {
    condition     = strcontains(output.container_definitions[1].environment[1].value, "^embedder_queue_size_rows$")
    error_message = "The agent publishes the named metrics."
  }
  assert {
    condition     = output.container_definitions[1].restartPolicy.enabled && !output.container_definitions[1].essential
    error_message = "A dead agent starts again; the service goes on meanwhile."
  }
}

run "a_task_is_confined" {
  module {
    source = "./modules/service"
  }
  assert {
    condition     = output.container_definitions[0].readonlyRootFilesystem && output.container_definitions[0].user == "10001:10001" && output.container_definitions[0].linuxParameters.capabilities.drop == ["ALL"]
    error_message = "Read-only, not root, without capabilities."
  }
  assert {
    condition     = !one(aws_ecs_service.this.network_configuration).assign_public_ip && !aws_ecs_service.this.enable_execute_command
    error_message = "No public address, no shell."
  }
}

run "scaling_follows_the_mean_of_tasks" {
  module {
    source = "./modules/service"
  }
  variables {
    metric_target = { namespace = "Trunkline/test", name = "embedder_queue_size_rows", value = 16 }
  }
  assert {
    condition     = aws_appautoscaling_policy.metric[0].target_tracking_scaling_policy_configuration[0].customized_metric_specification[0].statistic == "Average" && length(aws_appautoscaling_policy.cpu) == 0
    error_message = "A sum would never come down by adding tasks."
  }
  assert {
    condition     = aws_appautoscaling_target.this.min_capacity == 2 && aws_appautoscaling_target.this.max_capacity == 4
    error_message = "Between the sizing file's count and max_counts."
  }
}

run "refuses_1" {
  command = plan
  module {
    source = "./modules/service"
  }
  variables {
    name            = "Gateway_1"
    size            = { cpu = 512, memory_mib = 1024, min_count = 5, max_count = 4 }
    start_period_s  = 400
    gpu             = true # on Fargate
    port            = { number = 8080, protocol = "udp", request_timeout_s = 25 }
    rollback_alarms = []
  }
  expect_failures = [
    var.name, var.size, var.start_period_s, var.capacity_provider, var.port, var.rollback_alarms,
  ]
}

run "refuses_a_drain_shorter_than_the_longest_request" {
  command = plan
  module {
    source = "./modules/service"
  }
  variables {
    drain_timeout_s = 20
  }
  expect_failures = [var.drain_timeout_s]
}

run "refuses_a_kill_before_the_drain_ends" {
  command = plan
  module {
    source = "./modules/service"
  }
  variables {
    stop_timeout_s = 30
  }
  expect_failures = [var.stop_timeout_s]
}

run "refuses_a_stop_longer_than_fargate_allows" {
  command = plan
  module {
    source = "./modules/service"
  }
  variables {
    stop_timeout_s = 121
  }
  expect_failures = [var.stop_timeout_s]
}
