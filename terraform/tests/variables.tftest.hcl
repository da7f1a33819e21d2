# Every validation of the root's variables refuses what it should: each run names bad values, and all of them must be refused.

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

run "good_values_pass" {
  command = plan
}

run "refuses_1" {
  command = plan
  variables {
    # an environment that does not exist
    environment = "production"
    # a region that is not one
    region = "frankfurt"
    # tags that replace ours
    tags = { Project = "other" }
    # a range that is not one
    vpc_cidr = "10.40.0.0"
    # one zone
    az_count = 1
    # an unknown kind of nat
    nat_mode = "some"
    # no certificate
    certificate_arn = ""
    # nobody may call
    alb_ingress_cidrs = []
    # a period that cloudwatch does not know
    log_retention_days = 33
    # an address that is none
    alarm_emails = ["operator"]
    # a database class of another kind
    database = { instance_class = "cache.t4g.small" }
    # copies that outlive what was promised
    backup_days = 90
    # a cache without a replica
    shared_cache = { replicas = 0 }
    # an image by tag
    images = {
      embedder_cpu  = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/embedder-cpu:latest"
      embedder_gpu  = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/embedder-gpu:latest"
      gateway       = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/g@sha256:1111111111111111111111111111111111111111111111111111111111111111"
      heads         = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/h@sha256:1111111111111111111111111111111111111111111111111111111111111111"
      metrics_agent = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/m@sha256:1111111111111111111111111111111111111111111111111111111111111111"
    }
    # an unknown kind of compute
    embedder_compute = "tpu"
    # an instance without a gpu
    gpu_instance_type = "m7i.xlarge"
    # no task at all
    max_counts = { embedder = 0, gateway = 2, heads = 2 }
    # a queue that is never reached
    embedder_target_queue_depth = 1024
    # a cpu target without room
    cpu_target_percent = 95
    # everything as canary
    canary = { percent = 100 }
    # another service s setting
    extra_environment = { gateway = { HEADS_LOG_LEVEL = "debug" } }
    # a secret of nobody
    gateway_secret_names = ["API_KEYS"]
  }
  expect_failures = [
    var.environment,
    var.region,
    var.tags,
    var.vpc_cidr,
    var.az_count,
    var.nat_mode,
    var.certificate_arn,
    var.alb_ingress_cidrs,
    var.log_retention_days,
    var.alarm_emails,
    var.database,
    var.backup_days,
    var.shared_cache,
    var.images,
    var.embedder_compute,
    var.gpu_instance_type,
    var.max_counts,
    var.embedder_target_queue_depth,
    var.cpu_target_percent,
    var.canary,
    var.extra_environment,
    var.gateway_secret_names,
  ]
}

run "refuses_2" {
  command = plan
  variables {
    # a range too small
    vpc_cidr = "10.40.0.0/24"
    # no way out at all
    nat_mode            = "none"
    interface_endpoints = false
    # an address that is no range
    alb_ingress_cidrs = ["everyone"]
    # logs kept for ever
    log_retention_days = 0
    # storage that cannot grow
    database = { storage_gib = 50, max_storage_gib = 50 }
    # a cache node of another kind
    shared_cache = { node_type = "db.t4g.small" }
    # an image from elsewhere
    images = {
      embedder_cpu  = "docker.io/library/python@sha256:1111111111111111111111111111111111111111111111111111111111111111"
      embedder_gpu  = "docker.io/library/python@sha256:1111111111111111111111111111111111111111111111111111111111111111"
      gateway       = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/g@sha256:1111111111111111111111111111111111111111111111111111111111111111"
      heads         = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/h@sha256:1111111111111111111111111111111111111111111111111111111111111111"
      metrics_agent = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/m@sha256:1111111111111111111111111111111111111111111111111111111111111111"
    }
    # half a task
    max_counts = { embedder = 1.5, gateway = 2, heads = 2 }
    # no queue
    embedder_target_queue_depth = 0
    # a canary shorter than its alarms
    canary = { canary_bake_minutes = 1 }
    # a secret in plain sight
    extra_environment = { gateway = { GATEWAY_API_KEYS = "hunter2" } }
  }
  expect_failures = [
    var.vpc_cidr,
    var.nat_mode,
    var.alb_ingress_cidrs,
    var.log_retention_days,
    var.database,
    var.shared_cache,
    var.images,
    var.max_counts,
    var.embedder_target_queue_depth,
    var.canary,
    var.extra_environment,
  ]
}

run "refuses_3" {
  command = plan
  variables {
    # too few backups
    database = { backup_retention_days = 1 }
    # a release of half a day
    canary = { canary_bake_minutes = 300, bake_minutes = 300 }
    # no keys at all
    gateway_secret_names = []
    # the whole world without a WAF
    alb_ingress_cidrs = ["0.0.0.0/0"]
    # a shell into nothing
    break_glass = ["database"]
    # a look at S3 four times a second
    catalog_poll_interval_s = 0.25
    # a second kind of machine that is smaller than the first
    gpu_instance_type  = "g6.2xlarge"
    gpu_fallback_types = ["g5.xlarge"]
    # a fingerprint that is none
    encoder_fingerprint = "all-MiniLM-L6-v2"
    # a password in a url
    extra_environment = { gateway = { GATEWAY_DATABASE_URL = "postgresql://me:hunter2@db/x" } }
  }
  expect_failures = [
    var.database,
    var.canary,
    var.extra_environment,
    var.gateway_secret_names,
    var.alb_ingress_cidrs,
    var.break_glass,
    var.catalog_poll_interval_s,
    var.gpu_fallback_types,
    var.encoder_fingerprint,
  ]
}

run "refuses_a_database_that_is_a_secret_and_a_setting" {
  command = plan
  variables {
    prediction_log       = true
    gateway_secret_names = ["GATEWAY_API_KEYS", "GATEWAY_LOG_DATABASE"]
  }
  expect_failures = [var.gateway_secret_names]
}
