# Sizes that cannot be deployed are refused before anything is planned.

run "good_sizes_pass" {
  command = plan
  module {
    source = "./modules/sizing"
  }
  variables {
    embedder_compute  = "fargate"
    gpu_instance_type = "g6.xlarge"
    sizes = {
      embedder_cpu              = 2048
      embedder_memory_mib       = 4096
      embedder_count            = 1
      embedder_max_batch_tokens = 4096
      embedder_streams          = 0
      embedder_cache_bytes      = 268435456
      gateway_cpu               = 512
      gateway_memory_mib        = 1024
      gateway_count             = 1
      gateway_workers           = 2
      gateway_threads           = 16
      heads_cpu                 = 512
      heads_memory_mib          = 1024
      heads_count               = 1
      heads_workers             = 2
      heads_threads             = 8
    }
  }
  assert {
    condition     = output.embedder.environment.EMBEDDER_MAX_BATCH_TOKENS == "4096" && output.gateway.environment.GATEWAY_WORKERS == "2"
    error_message = "Sizes must reach the settings."
  }
}

run "a_gpu_instance_is_filled_with_room_left" {
  command = plan
  module {
    source = "./modules/sizing"
  }
  variables {
    embedder_compute  = "gpu"
    gpu_instance_type = "g6.xlarge"
    sizes = {
      embedder_cpu              = 3584
      embedder_memory_mib       = 13312
      embedder_count            = 1
      embedder_max_batch_tokens = 4096
      embedder_streams          = 0
      embedder_cache_bytes      = 268435456
      gateway_cpu               = 512
      gateway_memory_mib        = 1024
      gateway_count             = 1
      gateway_workers           = 2
      gateway_threads           = 16
      heads_cpu                 = 512
      heads_memory_mib          = 1024
      heads_count               = 1
      heads_workers             = 2
      heads_threads             = 8
    }
  }
  assert {
    condition     = output.embedder.cpu == 3584
    error_message = "The whole room of the instance may be used."
  }
}

run "refuses_half_a_worker" {
  command = plan
  module {
    source = "./modules/sizing"
  }
  variables {
    embedder_compute  = "fargate"
    gpu_instance_type = "g6.xlarge"
    sizes = {
      embedder_cpu              = 2048
      embedder_memory_mib       = 4096
      embedder_count            = 1
      embedder_max_batch_tokens = 4096
      embedder_streams          = 0
      embedder_cache_bytes      = 268435456
      gateway_cpu               = 512
      gateway_memory_mib        = 1024
      gateway_count             = 1
      gateway_workers           = 1.5
      gateway_threads           = 16
      heads_cpu                 = 512
      heads_memory_mib          = 1024
      heads_count               = 1
      heads_workers             = 2
      heads_threads             = 8
    }
  }
  expect_failures = [var.sizes]
}

run "refuses_a_negative_size" {
  command = plan
  module {
    source = "./modules/sizing"
  }
  variables {
    embedder_compute  = "fargate"
    gpu_instance_type = "g6.xlarge"
    sizes = {
      embedder_cpu              = 2048
      embedder_memory_mib       = 4096
      embedder_count            = 1
      embedder_max_batch_tokens = 4096
      embedder_streams          = -1
      embedder_cache_bytes      = 268435456
      gateway_cpu               = 512
      gateway_memory_mib        = 1024
      gateway_count             = 1
      gateway_workers           = 2
      gateway_threads           = 16
      heads_cpu                 = 512
      heads_memory_mib          = 1024
      heads_count               = 1
      heads_workers             = 2
      heads_threads             = 8
    }
  }
  expect_failures = [var.sizes]
}

run "refuses_no_task" {
  command = plan
  module {
    source = "./modules/sizing"
  }
  variables {
    embedder_compute  = "fargate"
    gpu_instance_type = "g6.xlarge"
    sizes = {
      embedder_cpu              = 2048
      embedder_memory_mib       = 4096
      embedder_count            = 1
      embedder_max_batch_tokens = 4096
      embedder_streams          = 0
      embedder_cache_bytes      = 268435456
      gateway_cpu               = 512
      gateway_memory_mib        = 1024
      gateway_count             = 1
      gateway_workers           = 2
      gateway_threads           = 16
      heads_cpu                 = 512
      heads_memory_mib          = 1024
      heads_count               = 0
      heads_workers             = 2
      heads_threads             = 8
    }
  }
  expect_failures = [var.sizes]
}

run "refuses_a_gateway_that_fargate_does_not_offer" {
  command = plan
  module {
    source = "./modules/sizing"
  }
  variables {
    embedder_compute  = "fargate"
    gpu_instance_type = "g6.xlarge"
    sizes = {
      embedder_cpu              = 2048
      embedder_memory_mib       = 4096
      embedder_count            = 1
      embedder_max_batch_tokens = 4096
      embedder_streams          = 0
      embedder_cache_bytes      = 268435456
      gateway_cpu               = 512
      gateway_memory_mib        = 8192
      gateway_count             = 1
      gateway_workers           = 2
      gateway_threads           = 16
      heads_cpu                 = 512
      heads_memory_mib          = 1024
      heads_count               = 1
      heads_workers             = 2
      heads_threads             = 8
    }
  }
  expect_failures = [var.sizes]
}

run "refuses_heads_that_fargate_does_not_offer" {
  command = plan
  module {
    source = "./modules/sizing"
  }
  variables {
    embedder_compute  = "fargate"
    gpu_instance_type = "g6.xlarge"
    sizes = {
      embedder_cpu              = 2048
      embedder_memory_mib       = 4096
      embedder_count            = 1
      embedder_max_batch_tokens = 4096
      embedder_streams          = 0
      embedder_cache_bytes      = 268435456
      gateway_cpu               = 512
      gateway_memory_mib        = 1024
      gateway_count             = 1
      gateway_workers           = 2
      gateway_threads           = 16
      heads_cpu                 = 300
      heads_memory_mib          = 1024
      heads_count               = 1
      heads_workers             = 2
      heads_threads             = 8
    }
  }
  expect_failures = [var.sizes]
}

run "a_size_for_a_gpu_machine_becomes_the_next_of_fargate" {
  command = plan
  module {
    source = "./modules/sizing"
  }
  variables {
    embedder_compute  = "fargate"
    gpu_instance_type = "g6.xlarge"
    sizes = {
      embedder_cpu              = 3584
      embedder_memory_mib       = 13312
      embedder_count            = 1
      embedder_max_batch_tokens = 4096
      embedder_streams          = 0
      embedder_cache_bytes      = 268435456
      gateway_cpu               = 512
      gateway_memory_mib        = 1024
      gateway_count             = 1
      gateway_workers           = 2
      gateway_threads           = 16
      heads_cpu                 = 512
      heads_memory_mib          = 1024
      heads_count               = 1
      heads_workers             = 2
      heads_threads             = 8
    }
  }
  assert {
    condition     = output.embedder.cpu == 4096 && output.embedder.memory_mib == 13312
    error_message = "The least pair of Fargate that holds 3584 units and 13312 MiB is 4096 and 13312."
  }
}

run "refuses_an_embedder_that_fargate_does_not_offer" {
  command = plan
  module {
    source = "./modules/sizing"
  }
  variables {
    embedder_compute  = "fargate"
    gpu_instance_type = "g6.xlarge"
    sizes = {
      embedder_cpu              = 32768
      embedder_memory_mib       = 4096
      embedder_count            = 1
      embedder_max_batch_tokens = 4096
      embedder_streams          = 0
      embedder_cache_bytes      = 268435456
      gateway_cpu               = 512
      gateway_memory_mib        = 1024
      gateway_count             = 1
      gateway_workers           = 2
      gateway_threads           = 16
      heads_cpu                 = 512
      heads_memory_mib          = 1024
      heads_count               = 1
      heads_workers             = 2
      heads_threads             = 8
    }
  }
  expect_failures = [var.sizes]
}

run "refuses_a_gpu_task_as_large_as_the_machine" {
  command = plan
  module {
    source = "./modules/sizing"
  }
  variables {
    embedder_compute  = "gpu"
    gpu_instance_type = "g6.xlarge"
    sizes = {
      embedder_cpu              = 4096
      embedder_memory_mib       = 8192
      embedder_count            = 1
      embedder_max_batch_tokens = 4096
      embedder_streams          = 0
      embedder_cache_bytes      = 268435456
      gateway_cpu               = 512
      gateway_memory_mib        = 1024
      gateway_count             = 1
      gateway_workers           = 2
      gateway_threads           = 16
      heads_cpu                 = 512
      heads_memory_mib          = 1024
      heads_count               = 1
      heads_workers             = 2
      heads_threads             = 8
    }
  }
  expect_failures = [var.sizes]
}

run "refuses_a_gpu_task_with_all_the_memory" {
  command = plan
  module {
    source = "./modules/sizing"
  }
  variables {
    embedder_compute  = "gpu"
    gpu_instance_type = "g6.xlarge"
    sizes = {
      embedder_cpu              = 2048
      embedder_memory_mib       = 16384
      embedder_count            = 1
      embedder_max_batch_tokens = 4096
      embedder_streams          = 0
      embedder_cache_bytes      = 268435456
      gateway_cpu               = 512
      gateway_memory_mib        = 1024
      gateway_count             = 1
      gateway_workers           = 2
      gateway_threads           = 16
      heads_cpu                 = 512
      heads_memory_mib          = 1024
      heads_count               = 1
      heads_workers             = 2
      heads_threads             = 8
    }
  }
  expect_failures = [var.sizes]
}

run "refuses_a_cache_that_leaves_no_room" {
  command = plan
  module {
    source = "./modules/sizing"
  }
  variables {
    embedder_compute  = "fargate"
    gpu_instance_type = "g6.xlarge"
    sizes = {
      embedder_cpu              = 2048
      embedder_memory_mib       = 4096
      embedder_count            = 1
      embedder_max_batch_tokens = 4096
      embedder_streams          = 0
      embedder_cache_bytes      = 4294967296
      gateway_cpu               = 512
      gateway_memory_mib        = 1024
      gateway_count             = 1
      gateway_workers           = 2
      gateway_threads           = 16
      heads_cpu                 = 512
      heads_memory_mib          = 1024
      heads_count               = 1
      heads_workers             = 2
      heads_threads             = 8
    }
  }
  expect_failures = [var.sizes]
}

run "refuses_a_budget_below_the_longest_text" {
  command = plan
  module {
    source = "./modules/sizing"
  }
  variables {
    embedder_compute  = "fargate"
    gpu_instance_type = "g6.xlarge"
    sizes = {
      embedder_cpu              = 2048
      embedder_memory_mib       = 4096
      embedder_count            = 1
      embedder_max_batch_tokens = 256
      embedder_streams          = 0
      embedder_cache_bytes      = 268435456
      gateway_cpu               = 512
      gateway_memory_mib        = 1024
      gateway_count             = 1
      gateway_workers           = 2
      gateway_threads           = 16
      heads_cpu                 = 512
      heads_memory_mib          = 1024
      heads_count               = 1
      heads_workers             = 2
      heads_threads             = 8
    }
  }
  expect_failures = [var.sizes]
}

run "refuses_a_hundred_workers" {
  command = plan
  module {
    source = "./modules/sizing"
  }
  variables {
    embedder_compute  = "fargate"
    gpu_instance_type = "g6.xlarge"
    sizes = {
      embedder_cpu              = 2048
      embedder_memory_mib       = 4096
      embedder_count            = 1
      embedder_max_batch_tokens = 4096
      embedder_streams          = 0
      embedder_cache_bytes      = 268435456
      gateway_cpu               = 512
      gateway_memory_mib        = 1024
      gateway_count             = 1
      gateway_workers           = 2
      gateway_threads           = 16
      heads_cpu                 = 512
      heads_memory_mib          = 1024
      heads_count               = 1
      heads_workers             = 100
      heads_threads             = 8
    }
  }
  expect_failures = [var.sizes]
}

run "refuses_no_threads" {
  command = plan
  module {
    source = "./modules/sizing"
  }
  variables {
    embedder_compute  = "fargate"
    gpu_instance_type = "g6.xlarge"
    sizes = {
      embedder_cpu              = 2048
      embedder_memory_mib       = 4096
      embedder_count            = 1
      embedder_max_batch_tokens = 4096
      embedder_streams          = 0
      embedder_cache_bytes      = 268435456
      gateway_cpu               = 512
      gateway_memory_mib        = 1024
      gateway_count             = 1
      gateway_workers           = 2
      gateway_threads           = 0
      heads_cpu                 = 512
      heads_memory_mib          = 1024
      heads_count               = 1
      heads_workers             = 2
      heads_threads             = 8
    }
  }
  expect_failures = [var.sizes]
}

run "refuses_a_thousand_streams" {
  command = plan
  module {
    source = "./modules/sizing"
  }
  variables {
    embedder_compute  = "fargate"
    gpu_instance_type = "g6.xlarge"
    sizes = {
      embedder_cpu              = 2048
      embedder_memory_mib       = 4096
      embedder_count            = 1
      embedder_max_batch_tokens = 4096
      embedder_streams          = 1000
      embedder_cache_bytes      = 268435456
      gateway_cpu               = 512
      gateway_memory_mib        = 1024
      gateway_count             = 1
      gateway_workers           = 2
      gateway_threads           = 16
      heads_cpu                 = 512
      heads_memory_mib          = 1024
      heads_count               = 1
      heads_workers             = 2
      heads_threads             = 8
    }
  }
  expect_failures = [var.sizes]
}
