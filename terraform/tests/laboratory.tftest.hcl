# The laboratory: off by default; on, MLflow is inside the VPC alone, the operator writes heads, and a schedule asks for candidates.

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
  catalog_in_s3       = true
  images = {
    embedder_cpu  = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/embedder-cpu@sha256:1111111111111111111111111111111111111111111111111111111111111111"
    embedder_gpu  = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/embedder-gpu@sha256:1111111111111111111111111111111111111111111111111111111111111111"
    gateway       = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/gateway@sha256:2222222222222222222222222222222222222222222222222222222222222222"
    heads         = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/heads@sha256:3333333333333333333333333333333333333333333333333333333333333333"
    metrics_agent = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/metrics-agent@sha256:4444444444444444444444444444444444444444444444444444444444444444"
    training      = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/training@sha256:5555555555555555555555555555555555555555555555555555555555555555"
  }
}

run "off_by_default" {
  assert {
    condition     = length(module.laboratory) + length(module.laboratory_data) == 0 && output.laboratory == null
    error_message = "Nothing of it is made unless asked for."
  }
}

run "on_by_one_switch" {
  variables {
    laboratory = {}
  }
  override_resource {
    target = module.laboratory_data[0].aws_db_instance.this
    values = { address = "laboratory.example.internal", master_user_secret = [{ secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-1" }] }
  }
  assert {
    condition     = output.laboratory.tracking_uri == "http://mlflow.trunkline-dev.internal:5000"
    error_message = "MLflow has a name in the VPC's DNS, which a scheduled task can look up too."
  }
  assert {
    condition     = contains(module.laboratory[0].containers.mlflow.environment, { name = "MLFLOW_SERVER_ALLOWED_HOSTS", value = "mlflow.trunkline-dev.internal:5000" })
    error_message = "Another Host header is refused."
  }
  assert {
    condition     = toset([for secret in module.laboratory[0].containers.mlflow.secrets : secret.name]) == toset(["PGUSER", "PGPASSWORD"]) && !strcontains(jsonencode(module.laboratory[0].containers.mlflow.environment), "PASSWORD")
    error_message = "The database's password is a reference."
  }
  assert {
    condition     = contains(module.laboratory[0].containers.mlflow.environment, { name = "PGSSLMODE", value = "verify-full" })
    error_message = "The database is known by its certificate."
  }
  assert {
    condition     = strcontains(join(" ", module.laboratory[0].containers.mlflow.healthCheck.command), "psycopg.connect")
    error_message = "A task whose password RDS has changed is not healthy, and is replaced."
  }
  assert {
    condition     = length(distinct([for container in values(module.laboratory[0].containers) : container.image])) == 1
    error_message = "Server and clients are one version."
  }
  assert {
    condition     = alltrue([for container in values(module.laboratory[0].containers) : container.readonlyRootFilesystem && container.user == "10001:10001"])
    error_message = "No task of it is root, or changes its image."
  }
  assert {
    condition     = contains(module.laboratory[0].containers.sync.command, "s3://trunkline-dev-catalog-123456789012/heads") && contains(module.laboratory[0].containers.sync.command, output.laboratory.tracking_uri)
    error_message = "The operator follows this MLflow and writes the catalog that heads read."
  }
  assert {
    condition     = length(module.laboratory[0].commands) == 0
    error_message = "Nothing is trained that was not asked for."
  }
}

run "only_groups_call_mlflow" {
  module {
    source = "./modules/laboratory"
  }
  variables {
    name                = "trunkline-test"
    location            = { account_id = "123456789012", partition = "aws", region = "eu-central-1" }
    cluster             = { arn = "arn:aws:ecs:eu-central-1:123456789012:cluster/trunkline-test", name = "trunkline-test" }
    network             = { vpc_id = "vpc-1", subnet_ids = ["subnet-1"] }
    image               = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/training@sha256:5555555555555555555555555555555555555555555555555555555555555555"
    database            = { host = "db.example.internal", port = 5432, name = "trunkline", secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-1" }
    catalog             = { address = "s3://b/heads", reader_policy = "{}", writer_policy = "{}" }
    callers             = { workstations = "sg-1" }
    retraining          = { intent = { schedule = "cron(0 3 * * ? *)", arguments = ["--if-new-rows", "200"] } }
    sizes               = { mlflow = { cpu = 512, memory_mib = 2048 }, sync = { cpu = 1024, memory_mib = 4096 }, retrain = { cpu = 4096, memory_mib = 8192 } }
    alarm_topic_arn     = "arn:aws:sns:eu-central-1:123456789012:trunkline-test-alarms"
    deletion_protection = true
    log_retention_days  = 30
  }
  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_ingress_rule.mlflow : rule.cidr_ipv4 == null && rule.from_port == 5000]) && toset(keys(aws_vpc_security_group_ingress_rule.mlflow)) == toset(["client", "workstations"])
    error_message = "Callers are security groups: its own tasks' and those that are named."
  }
  assert {
    condition     = !aws_ecs_service.mlflow.network_configuration[0].assign_public_ip && !aws_ecs_service.sync.network_configuration[0].assign_public_ip && !aws_scheduler_schedule.retrain["intent"].target[0].ecs_parameters[0].network_configuration[0].assign_public_ip
    error_message = "No task of it has a public address."
  }
  assert {
    condition     = aws_ecs_service.mlflow.deployment_maximum_percent == 100 && aws_ecs_service.sync.deployment_maximum_percent == 100
    error_message = "One server changes the tables, and one operator moves roles, at a time."
  }
  assert {
    condition     = aws_iam_role_policy.task["sync"].policy == var.catalog.writer_policy && aws_iam_role_policy.task["retrain"].policy == var.catalog.reader_policy
    error_message = "The operator writes the catalog, a training only reads it."
  }
  assert {
    condition     = join(" ", output.commands.intent) == "retrain intent --if-changed --catalog s3://b/heads --track --tracking-uri http://mlflow.trunkline-test.internal:5000 --alias candidate --if-new-rows 200"
    error_message = "A schedule trains where something has changed, and asks for the role candidate."
  }
  assert {
    condition     = jsondecode(aws_scheduler_schedule.retrain["intent"].target[0].input).containerOverrides == [{ name = "retrain", command = output.commands.intent }]
    error_message = "The schedule runs that command in the task's one container."
  }
  assert {
    condition     = alltrue([for group in aws_cloudwatch_log_group.this : group.retention_in_days == 30]) && length(aws_cloudwatch_event_target.retraining_failed) == 1
    error_message = "Its logs end, and a training that failed is told."
  }
}

run "a_schedule_cannot_ask_for_production" {
  command = plan
  variables {
    laboratory = { retraining = { intent = { schedule = "rate(1 day)", arguments = ["--alias=production"] } } }
  }
  expect_failures = [var.laboratory]
}

run "it_needs_its_image" {
  command = plan
  variables {
    laboratory = {}
    images = {
      embedder_cpu  = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/embedder-cpu@sha256:1111111111111111111111111111111111111111111111111111111111111111"
      embedder_gpu  = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/embedder-gpu@sha256:1111111111111111111111111111111111111111111111111111111111111111"
      gateway       = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/gateway@sha256:2222222222222222222222222222222222222222222222222222222222222222"
      heads         = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/heads@sha256:3333333333333333333333333333333333333333333333333333333333333333"
      metrics_agent = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/metrics-agent@sha256:4444444444444444444444444444444444444444444444444444444444444444"
    }
  }
  expect_failures = [var.laboratory]
}

run "it_needs_a_catalog_that_can_be_written" {
  command = plan
  variables {
    laboratory    = {}
    catalog_in_s3 = false
  }
  expect_failures = [var.laboratory]
}
