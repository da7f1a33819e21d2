variable "name" {
  description = "Which service: embedder, gateway or heads. Also the container's name."
  type        = string
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}$", var.name))
    error_message = "name must be lower-case letters, digits and dashes."
  }
}

variable "prefix" {
  description = "Prefix of every name."
  type        = string
}

variable "location" {
  description = "Account, partition and region."
  type = object({
    account_id = string
    partition  = string
    region     = string
  })
}

variable "cluster" {
  description = "ECS cluster and namespace."
  type = object({
    arn           = string
    name          = string
    namespace_arn = string
  })
}

variable "network" {
  description = "VPC and private subnets."
  type = object({
    vpc_id     = string
    subnet_ids = list(string)
  })
}

variable "image" {
  description = "Image by digest, in ECR."
  type        = string
}

variable "encoder_fingerprint" {
  description = "Encoder that the release was made for: a label of its tasks, by which a release or a roll-back to another is refused."
  type        = string
  default     = null
}

variable "size" {
  description = "CPU units and MiB of a task, and how many tasks at least and at most."
  type = object({
    cpu        = number
    memory_mib = number
    min_count  = number
    max_count  = number
  })
  validation {
    condition     = var.size.min_count <= var.size.max_count
    error_message = "max_counts must not be below the sizing file's count."
  }
}

variable "gpu" {
  description = "Whether a task needs a GPU; then it runs on EC2."
  type        = bool
  default     = false
}

variable "capacity_provider" {
  description = "FARGATE, or the name of the GPU capacity provider."
  type        = string
  default     = "FARGATE"
  validation {
    condition     = var.gpu == (var.capacity_provider != "FARGATE")
    error_message = "A GPU task needs the GPU capacity provider, any other runs on FARGATE."
  }
}

variable "port" {
  description = "Port, protocol (grpc or http) and, in seconds, the longest request; others call it as <name>:<number>."
  type = object({
    number            = number
    protocol          = string
    request_timeout_s = number
  })
  validation {
    condition     = contains(["grpc", "http"], var.port.protocol)
    error_message = "port.protocol must be grpc or http."
  }
}

variable "called_by_services" {
  description = "Whether other services find it by Service Connect; else it only calls."
  type        = bool
}

variable "security_group_id" {
  description = "Security group of its tasks; made outside, since services name each other's."
  type        = string
}

variable "rule_ids" {
  description = "Rules of that group: no task starts before they stand, or its first pulls fail."
  type        = list(string)
  default     = []
}

variable "break_glass" {
  description = "Whether a shell may be opened in its tasks (ECS exec); their file system is then writable."
  type        = bool
  default     = false
}

variable "moves_between_machines" {
  description = "Whether its capacity provider may change: every change of the service then starts new tasks."
  type        = bool
  default     = false
}

variable "environment" {
  description = "Settings."
  type        = map(string)
}

variable "secrets" {
  description = "Settings that come from Secrets Manager: name to `valueFrom`."
  type        = map(string)
  default     = {}
}

variable "secret_arns" {
  description = "Secrets that the execution role may read."
  type        = list(string)
  default     = []
}

variable "health_command" {
  description = "Command that exits with 0 while the task should live."
  type        = list(string)
}

variable "start_period_s" {
  description = "How long a task may take until its health counts."
  type        = number
  validation {
    condition     = var.start_period_s >= 0 && var.start_period_s <= 300
    error_message = "ECS allows a start period of 300 s at most."
  }
}

variable "drain_timeout_s" {
  description = "How long the process itself finishes accepted work after SIGTERM."
  type        = number
  validation {
    condition     = var.drain_timeout_s >= var.port.request_timeout_s
    error_message = "drain_timeout_s must cover the longest request."
  }
}

variable "stop_timeout_s" {
  description = "How long ECS waits between SIGTERM and SIGKILL."
  type        = number
  validation {
    condition     = var.stop_timeout_s > var.drain_timeout_s && var.stop_timeout_s <= 120
    error_message = "stop_timeout_s must be longer than drain_timeout_s, and 120 at most (Fargate)."
  }
}

variable "task_policies" {
  description = "What the service itself may do: name to policy document."
  type        = map(string)
  default     = {}
}

variable "load_balancer" {
  description = "What puts it behind the load balancer; null without."
  type = object({
    target_group_arn           = string
    alternate_target_group_arn = string
    listener_rule_arn          = string
    role_arn                   = string
  })
  default = null
}

variable "canary" {
  description = "Share and times of a canary; null rolls task by task."
  type = object({
    percent             = number
    canary_bake_minutes = number
    bake_minutes        = number
  })
  default = null
}

variable "rollback_alarms" {
  description = "Alarms that roll a release back."
  type        = list(string)
  validation {
    condition     = length(var.rollback_alarms) > 0
    error_message = "A release without an alarm cannot roll back by itself."
  }
}

variable "in_place" {
  description = "Stop old tasks before new ones start (no spare GPU)."
  type        = bool
  default     = false
}

variable "cpu_target_percent" {
  description = "Mean CPU use that scaling aims at; null without."
  type        = number
  default     = null
}

variable "metric_target" {
  description = "Metric of the service that scaling aims at, in the mean over tasks; null without."
  type = object({
    namespace = string
    name      = string
    value     = number
  })
  default = null
}

variable "metrics_agent" {
  description = "Container that reads the service's metrics and publishes the named ones, and of those in `selected` only series with such a label, of those in `by_label` a series a value; null without."
  type = object({
    image     = string
    port      = number
    namespace = string
    metrics   = list(string)
    selected  = optional(map(object({ label = string, values = list(string) })), {})
    by_label  = optional(map(string), {})
  })
  default = null
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
}

variable "permissions_boundary_arn" {
  description = "The most that its roles may do; null without."
  type        = string
  default     = null
}
