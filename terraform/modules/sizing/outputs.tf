output "embedder" {
  description = "Size and settings of an embedder task."
  value = {
    cpu        = local.fargate_embedder == null ? var.sizes.embedder_cpu : local.fargate_embedder.cpu
    memory_mib = local.fargate_embedder == null ? var.sizes.embedder_memory_mib : local.fargate_embedder.memory_mib
    count      = var.sizes.embedder_count
    environment = {
      EMBEDDER_MAX_BATCH_TOKENS    = tostring(var.sizes.embedder_max_batch_tokens)
      EMBEDDER_STREAMS             = tostring(var.sizes.embedder_streams)
      EMBEDDER_CACHE_MAXSIZE_BYTES = tostring(var.sizes.embedder_cache_bytes)
    }
  }
}

output "gateway" {
  description = "Size and settings of a gateway task."
  value = {
    cpu        = var.sizes.gateway_cpu
    memory_mib = var.sizes.gateway_memory_mib
    count      = var.sizes.gateway_count
    environment = {
      GATEWAY_WORKERS = tostring(var.sizes.gateway_workers)
      GATEWAY_THREADS = tostring(var.sizes.gateway_threads)
    }
  }
}

output "heads" {
  description = "Size and settings of a heads task."
  value = {
    cpu        = var.sizes.heads_cpu
    memory_mib = var.sizes.heads_memory_mib
    count      = var.sizes.heads_count
    environment = {
      HEADS_WORKERS = tostring(var.sizes.heads_workers)
      HEADS_THREADS = tostring(var.sizes.heads_threads)
    }
  }
}
