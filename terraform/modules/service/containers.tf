# The containers of a task.
locals {
  log_options = {
    awslogs-group         = aws_cloudwatch_log_group.this.name
    awslogs-region        = var.location.region
    awslogs-stream-prefix = "task"
    # A log that cannot be delivered must not hold the service up.
    mode            = "non-blocking"
    max-buffer-size = "4m"
  }

  container = {
    name                   = var.name
    image                  = var.image
    essential              = true
    readonlyRootFilesystem = !var.break_glass # the agent behind a shell writes beside /tmp
    user                   = "10001:10001"
    stopTimeout            = var.stop_timeout_s
    portMappings = [{
      name          = var.name
      containerPort = var.port.number
      protocol      = "tcp"
      appProtocol   = var.port.protocol
    }]
    dockerLabels = var.encoder_fingerprint == null ? {} : { "trunkline.encoder" = var.encoder_fingerprint }
    environment  = [for name, value in var.environment : { name = name, value = value }]
    secrets      = [for name, value in var.secrets : { name = name, valueFrom = value }]
    mountPoints  = [{ sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }]
    healthCheck = {
      command     = concat(["CMD"], var.health_command)
      interval    = 10
      timeout     = 5
      retries     = 3
      startPeriod = var.start_period_s
    }
    linuxParameters      = { initProcessEnabled = true, capabilities = { drop = ["ALL"] } }
    ulimits              = [{ name = "nofile", softLimit = 65536, hardLimit = 65536 }]
    resourceRequirements = var.gpu ? [{ type = "GPU", value = "1" }] : []
    logConfiguration     = { logDriver = "awslogs", options = local.log_options }
  }

  # The CloudWatch agent scrapes the service in the same network namespace and publishes as one task: the statistic Average
  # over tasks is then the mean that scaling needs.
  agent_containers = [for agent in(var.metrics_agent == null ? [] : [var.metrics_agent]) : {
    name              = "metrics-agent"
    image             = agent.image
    essential         = false
    restartPolicy     = { enabled = true, restartAttemptPeriod = 60 } # dead, it would blind scaling and alarms
    cpu               = 64
    memory            = 256
    memoryReservation = 128
    environment = [
      { name = "PROMETHEUS_CONFIG_CONTENT", value = yamlencode(local.scrape) },
      { name = "CW_CONFIG_CONTENT", value = jsonencode(local.publish) },
    ]
    logConfiguration = { logDriver = "awslogs", options = merge(local.log_options, { awslogs-stream-prefix = "agent" }) }
  }]

  scrape = {
    global = { scrape_interval = "20s", scrape_timeout = "5s" }
    scrape_configs = [for agent in(var.metrics_agent == null ? [] : [var.metrics_agent]) : {
      job_name       = var.name
      static_configs = [{ targets = ["127.0.0.1:${agent.port}"], labels = { Service = var.name } }]
    }]
  }

  publish = {
    agent = { region = var.location.region }
    logs = {
      force_flush_interval = 5
      metrics_collected = {
        prometheus = {
          cluster_name           = var.cluster.name
          log_group_name         = one(aws_cloudwatch_log_group.metrics[*].name)
          prometheus_config_path = "env:PROMETHEUS_CONFIG_CONTENT"
          emf_processor = {
            metric_namespace         = try(var.metrics_agent.namespace, null)
            metric_declaration_dedup = true
            metric_declaration = concat([{
              source_labels    = ["Service"]
              label_matcher    = "^${var.name}$"
              dimensions       = [["Service"]]
              metric_selectors = [for metric in try(var.metrics_agent.metrics, []) : "^${metric}$"]
              }], [for metric, series in try(var.metrics_agent.selected, {}) : {
              source_labels    = ["Service", series.label]
              label_matcher    = "^${var.name};(${join("|", series.values)})$"
              dimensions       = [["Service"]]
              metric_selectors = ["^${metric}$"]
              }], [for metric, label in try(var.metrics_agent.by_label, {}) : {
              source_labels    = ["Service"]
              label_matcher    = "^${var.name}$"
              dimensions       = [["Service", label]]
              metric_selectors = ["^${metric}$"]
            }])
          }
        }
      }
    }
  }
}

resource "aws_cloudwatch_log_group" "metrics" {
  count             = var.metrics_agent == null ? 0 : 1
  name              = "/${var.prefix}/${var.name}-metrics"
  retention_in_days = 1 # CloudWatch keeps the metrics; the lines they came in are of no use
}
