# The sizes, as the sizing tool writes them. CPU in ECS units (1024 = one vCPU), memory in MiB.
variable "sizes" {
  description = "Contents of environments/<environment>.sizing.auto.tfvars.json."
  type = object({
    embedder_cpu              = number
    embedder_memory_mib       = number
    embedder_count            = number
    embedder_max_batch_tokens = number
    embedder_streams          = number
    embedder_cache_bytes      = number
    gateway_cpu               = number
    gateway_memory_mib        = number
    gateway_count             = number
    gateway_workers           = number
    gateway_threads           = number
    heads_cpu                 = number
    heads_memory_mib          = number
    heads_count               = number
    heads_workers             = number
    heads_threads             = number
  })
  validation {
    condition     = alltrue([for name, size in var.sizes : size >= 0 && floor(size) == size])
    error_message = "Every size must be a whole number, 0 or more."
  }
  validation {
    condition     = alltrue([for name in ["embedder_count", "gateway_count", "heads_count"] : var.sizes[name] >= 1 && var.sizes[name] <= 100])
    error_message = "Counts must be 1 to 100."
  }
  validation {
    condition = alltrue([for service in ["gateway", "heads"] :
      contains(try(local.fargate_memory_mib[tostring(var.sizes["${service}_cpu"])], []), var.sizes["${service}_memory_mib"])
    ])
    error_message = "gateway and heads: cpu and memory_mib must be a pair that Fargate offers."
  }
  validation {
    condition     = var.embedder_compute != "fargate" || var.sizes.embedder_cpu <= 16384 && var.sizes.embedder_memory_mib <= 122880
    error_message = "embedder: Fargate offers 16384 units and 122880 MiB at most."
  }
  validation {
    condition     = var.embedder_compute != "gpu" || (var.sizes.embedder_cpu >= 1024 && var.sizes.embedder_cpu <= local.gpu_room[var.gpu_instance_type].cpu)
    error_message = "embedder_cpu must be 1024 or more and leave the GPU instance 512 units for its own agents."
  }
  validation {
    condition     = var.embedder_compute != "gpu" || (var.sizes.embedder_memory_mib >= 2048 && var.sizes.embedder_memory_mib <= local.gpu_room[var.gpu_instance_type].memory_mib)
    error_message = "embedder_memory_mib must be 2048 or more and leave the GPU instance 3072 MiB for its own agents."
  }
  validation {
    condition     = var.sizes.embedder_cache_bytes <= var.sizes.embedder_memory_mib * 1048576 / 2
    error_message = "embedder_cache_bytes must be half of the task's memory at most: weights and runtime need the rest."
  }
  validation {
    condition     = var.sizes.embedder_max_batch_tokens >= 512
    error_message = "embedder_max_batch_tokens must be 512 or more, or the longest text would be refused."
  }
  validation {
    condition     = alltrue([for service in ["gateway", "heads"] : var.sizes["${service}_workers"] >= 1 && var.sizes["${service}_workers"] <= 64])
    error_message = "Workers must be 1 to 64."
  }
  validation {
    condition     = alltrue([for service in ["gateway", "heads"] : var.sizes["${service}_threads"] >= 1 && var.sizes["${service}_threads"] <= 256])
    error_message = "Threads must be 1 to 256."
  }
  validation {
    condition     = var.sizes.embedder_streams <= 256
    error_message = "embedder_streams must be 256 at most; 0 takes one a core."
  }
}

variable "embedder_compute" {
  description = "gpu or fargate."
  type        = string
}

variable "gpu_instance_type" {
  description = "Instance of a GPU embedder."
  type        = string
}
