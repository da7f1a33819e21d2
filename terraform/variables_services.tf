# What an operator may choose of the three services.
variable "images" {
  description = "Images by digest. The release pipeline gives them; metrics_agent is a mirror of the CloudWatch agent, training the laboratory's."
  type = object({
    embedder_cpu  = string
    embedder_gpu  = string
    gateway       = string
    heads         = string
    metrics_agent = string
    training      = optional(string)
  })
  validation {
    condition     = alltrue([for image in compact(values(var.images)) : can(regex("^[0-9]{12}\\.dkr\\.ecr\\.[a-z0-9-]+\\.amazonaws\\.com/[a-z0-9/_.-]+@sha256:[0-9a-f]{64}$", image))])
    error_message = "images must be in ECR and named by digest: <account>.dkr.ecr.<region>.amazonaws.com/<repository>@sha256:<64 hex>."
  }
}

variable "encoder_fingerprint" {
  description = "Fingerprint of the encoder in the release's images, as `embedder info` prints it; the release pipeline gives it beside the images."
  type        = string
  validation {
    condition     = can(regex("^sha256:[0-9a-f]{64}$", var.encoder_fingerprint))
    error_message = "encoder_fingerprint must be sha256:<64 hex>."
  }
}

variable "embedder_compute" {
  description = "What the encoder runs on: gpu (EC2 instances with one NVIDIA GPU) or fargate (CPU)."
  type        = string
  default     = "fargate"
  validation {
    condition     = contains(["gpu", "fargate"], var.embedder_compute)
    error_message = "embedder_compute must be gpu or fargate."
  }
}

variable "gpu_instance_type" {
  description = "Instance of a GPU embedder; each has one GPU and holds one task."
  type        = string
  default     = "g6.xlarge"
  validation {
    condition     = contains(["g4dn.xlarge", "g5.xlarge", "g5.2xlarge", "g6.xlarge", "g6.2xlarge"], var.gpu_instance_type)
    error_message = "gpu_instance_type must be g4dn.xlarge, g5.xlarge, g5.2xlarge, g6.xlarge or g6.2xlarge: one GPU each."
  }
}

variable "gpu_fallback_types" {
  description = "Instances to take when there is none of gpu_instance_type, in order; none smaller."
  type        = list(string)
  default     = []
  validation {
    condition     = alltrue([for type in var.gpu_fallback_types : contains(["g4dn.xlarge", "g5.xlarge", "g5.2xlarge", "g6.xlarge", "g6.2xlarge"], type)])
    error_message = "gpu_fallback_types must be instances that gpu_instance_type may be."
  }
  validation {
    condition     = endswith(var.gpu_instance_type, ".xlarge") || alltrue([for type in var.gpu_fallback_types : endswith(type, ".2xlarge")])
    error_message = "gpu_fallback_types must not be smaller than gpu_instance_type: the task would not fit."
  }
}

variable "embedder_in_place" {
  description = "Replace embedder tasks by stopping the old first: needs no second GPU, but without a second task there is a gap."
  type        = bool
  default     = false
}

variable "max_counts" {
  description = "Tasks that scaling may start, at most; the least is the sizing file's count."
  type = object({
    embedder = number
    gateway  = number
    heads    = number
  })
  validation {
    condition     = alltrue([for count in values(var.max_counts) : count >= 1 && count <= 100 && floor(count) == count])
    error_message = "max_counts must be whole numbers from 1 to 100."
  }
}

variable "embedder_target_queue_depth" {
  description = "Texts waiting in one embedder task, in the mean over tasks, that scaling aims at."
  type        = number
  default     = 16
  validation {
    condition     = var.embedder_target_queue_depth > 0 && var.embedder_target_queue_depth <= 512
    error_message = "embedder_target_queue_depth must be above 0 and at most 512, half of what a task lets wait."
  }
}

variable "cpu_target_percent" {
  description = "Mean CPU use of gateway and heads tasks that scaling aims at."
  type        = number
  default     = 60
  validation {
    condition     = var.cpu_target_percent >= 20 && var.cpu_target_percent <= 80
    error_message = "cpu_target_percent must be 20 to 80."
  }
}

variable "canary" {
  description = "Share and time of a new gateway or heads version before it gets everything, and how long the old one is kept."
  type = object({
    percent             = optional(number, 10)
    canary_bake_minutes = optional(number, 10)
    bake_minutes        = optional(number, 10)
  })
  default = {}
  validation {
    condition     = var.canary.percent >= 1 && var.canary.percent <= 50
    error_message = "canary.percent must be 1 to 50."
  }
  validation {
    condition     = var.canary.canary_bake_minutes >= 3 && var.canary.bake_minutes >= 3 && var.canary.canary_bake_minutes + var.canary.bake_minutes <= 120
    error_message = "canary times must be 3 minutes or more each (alarms need that long), 120 together at most."
  }
}

variable "extra_environment" {
  description = "More settings of the services, by service; never secrets."
  type = object({
    embedder = optional(map(string), {})
    gateway  = optional(map(string), {})
    heads    = optional(map(string), {})
  })
  default = {}
  validation {
    condition = alltrue(flatten([
      for service, settings in var.extra_environment : [for name in keys(settings) : startswith(name, "${upper(service)}_")]
    ]))
    error_message = "extra_environment: each name begins with its service, like GATEWAY_LOG_LEVEL under gateway."
  }
  validation {
    condition = !anytrue(flatten([
      for settings in values(var.extra_environment) : [for name in keys(settings) : can(regex("KEY|SECRET|PASSWORD|TOKEN$|CREDENTIAL|DSN|DATABASE_URL", name))]
    ]))
    error_message = "extra_environment must hold no secrets: name them in gateway_secret_names."
  }
}

variable "gateway_secret_names" {
  description = "Settings of the gateway that come from Secrets Manager; the secrets are made empty, their values put by hand."
  type        = set(string)
  default     = ["GATEWAY_API_KEYS"]
  validation {
    condition     = contains(var.gateway_secret_names, "GATEWAY_API_KEYS")
    error_message = "gateway_secret_names must hold GATEWAY_API_KEYS: the gateway listens on a public address, and does not start there without keys."
  }
  validation {
    condition     = alltrue([for name in var.gateway_secret_names : can(regex("^GATEWAY_[A-Z0-9_]+$", name))])
    error_message = "gateway_secret_names must be names of gateway settings, like GATEWAY_API_KEYS."
  }
  validation {
    condition     = !var.prediction_log || !contains(var.gateway_secret_names, "GATEWAY_LOG_DATABASE")
    error_message = "gateway_secret_names must not hold GATEWAY_LOG_DATABASE with prediction_log: that sets it, and ECS refuses a name that is a secret, too."
  }
}
