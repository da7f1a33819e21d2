# The prediction log and the shared cache by one switch each: nothing of them while off, everything they need while on.

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
  mock_resource "aws_db_instance" {
    defaults = {
      address            = "trunkline-dev.abc.eu-central-1.rds.amazonaws.com"
      db_name            = "trunkline"
      resource_id        = "db-ABC"
      arn                = "arn:aws:rds:eu-central-1:123456789012:db:trunkline-dev"
      master_user_secret = [{ secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-1-AbCdEf", secret_status = "active", kms_key_id = "k" }]
    }
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

run "the_log_is_on_by_one_switch" {
  variables {
    prediction_log       = true
    gateway_secret_names = ["GATEWAY_API_KEYS", "GATEWAY_LOG_DIGEST_KEYS"]
  }
  assert {
    condition = alltrue([for name, value in {
      GATEWAY_LOG_DIR                 = "/tmp/log"
      GATEWAY_LOG_DATABASE            = "postgresql://trunkline_dev@trunkline-dev.abc.eu-central-1.rds.amazonaws.com:5432/trunkline?sslmode=verify-full&sslrootcert=/etc/ssl/amazon-rds.pem"
      GATEWAY_LOG_DATABASE_IAM_REGION = "eu-central-1"
      GATEWAY_LOG_PURGE               = "true"
      GATEWAY_LOG_FINISH_S            = "60"
    } : contains(module.gateway.container_definitions[0].environment, { name = name, value = value })])
    error_message = "The gateway records, enters by TLS with its role, and sees to what is too old."
  }
  assert {
    condition     = [for secret in module.gateway.container_definitions[0].secrets : secret.name] == ["GATEWAY_API_KEYS", "GATEWAY_LOG_DIGEST_KEYS"]
    error_message = "The gateway has no password of the database, and the secrets that it was given."
  }
  assert {
    condition     = one(module.migration[0].container_definitions[0].secrets) == { name = "GATEWAY_LOG_DATABASE_PASSWORD", valueFrom = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-1-AbCdEf:password::" }
    error_message = "The migration reads the password out of what RDS keeps."
  }
  assert {
    condition     = join(" ", module.migration[0].container_definitions[0].command) == "migrate --owner trunkline_dev" && module.migration[0].container_definitions[0].image == var.images.gateway
    error_message = "The release's own code brings the schema up to date, for the user that the gateway is."
  }
  assert {
    condition     = strcontains(jsondecode(jsonencode(module.gateway.container_definitions))[1].environment[1].value, "gateway_log_backlog_oldest_seconds") && strcontains(jsondecode(jsonencode(module.gateway.container_definitions))[1].environment[1].value, "gateway;(lost|refused)")
    error_message = "What waits and what is lost is published."
  }
  assert {
    condition     = output.timeouts_s.gateway_stop == 120 && output.timeouts_s.gateway_drain >= output.timeouts_s.gateway_request + output.timeouts_s.gateway_log_finish && output.timeouts_s.gateway_stop >= output.timeouts_s.deregistration + output.timeouts_s.gateway_drain
    error_message = "A task that stops has time for its last requests, and then for its log."
  }
  assert {
    condition     = one(aws_backup_selection.database[0].resources) == "arn:aws:rds:eu-central-1:123456789012:db:trunkline-dev" && one(aws_backup_plan.this[0].rule).lifecycle[0].delete_after == 35
    error_message = "The database is copied every day."
  }
  assert {
    condition     = !aws_backup_vault.this[0].force_destroy && length(aws_backup_vault_lock_configuration.this) == 1
    error_message = "In a protected environment copies are locked."
  }
}

run "what_may_be_destroyed_holds_no_copies_back" {
  variables {
    prediction_log      = true
    deletion_protection = false
  }
  assert {
    condition     = aws_backup_vault.this[0].force_destroy && length(aws_backup_vault_lock_configuration.this) == 0
    error_message = "`terraform destroy` must be able to end."
  }
}

run "a_database_alone_is_wired_to_nothing" {
  variables {
    enable_database = true
    backup_days     = 0
  }
  assert {
    condition     = output.database != null && length(module.migration) == 0 && length(aws_backup_vault.this) == 0
    error_message = "As before there was a switch."
  }
  assert {
    condition     = !anytrue([for setting in module.gateway.container_definitions[0].environment : startswith(setting.name, "GATEWAY_LOG_D")])
    error_message = "No answer is recorded unasked."
  }
}

run "embedders_share_a_cache_by_one_switch" {
  variables {
    enable_shared_cache = true
  }
  assert {
    condition     = contains(module.embedder.container_definitions[0].environment, { name = "EMBEDDER_CACHE_IAM", value = "eu-central-1/trunkline-dev" }) && contains(module.embedder.container_definitions[0].environment, { name = "EMBEDDER_CACHE_TTL_S", value = "86400" })
    error_message = "They enter with their role, and keep nothing for ever."
  }
  assert {
    condition     = alltrue([for setting in module.embedder.container_definitions[0].environment : startswith(setting.value, "rediss://trunkline-dev-embedder@") if setting.name == "EMBEDDER_CACHE_URL"])
    error_message = "By TLS, as the user that Valkey knows, without a password."
  }
  assert {
    condition     = [for secret in module.embedder.container_definitions[0].secrets : secret.name] == ["EMBEDDER_CACHE_SECRET"] && length(aws_secretsmanager_secret.cache) == 1
    error_message = "What entries are sealed with is a secret that all share."
  }
}

run "both_are_off_unless_asked_for" {
  assert {
    condition     = output.database == null && output.shared_cache == null && length(module.migration) + length(aws_backup_vault.this) + length(aws_secretsmanager_secret.cache) == 0
    error_message = "Off means nothing is made."
  }
  assert {
    condition     = output.timeouts_s.gateway_stop == 70 && !anytrue([for setting in module.embedder.container_definitions[0].environment : contains(["EMBEDDER_CACHE_URL", "EMBEDDER_CACHE_IAM", "EMBEDDER_CACHE_TTL_S"], setting.name)])
    error_message = "And nothing is set."
  }
}
