# What Fargate and the GPU instances offer; the variables are checked against it.
locals {
  fargate_memory_mib = {
    "256"   = [512, 1024, 2048]
    "512"   = range(1024, 4097, 1024)
    "1024"  = range(2048, 8193, 1024)
    "2048"  = range(4096, 16385, 1024)
    "4096"  = range(8192, 30721, 1024)
    "8192"  = range(16384, 61441, 4096)
    "16384" = range(32768, 122881, 8192)
  }
  # Sizes chosen for a GPU machine need not be Fargate's: the least pair that holds them is taken.
  fargate_cpu = [for cpu in [256, 512, 1024, 2048, 4096, 8192, 16384] : cpu if cpu >= var.sizes.embedder_cpu &&
  max(local.fargate_memory_mib[tostring(cpu)]...) >= var.sizes.embedder_memory_mib]
  fargate_embedder = var.embedder_compute != "fargate" ? null : {
    cpu        = local.fargate_cpu[0]
    memory_mib = [for mib in local.fargate_memory_mib[tostring(local.fargate_cpu[0])] : mib if mib >= var.sizes.embedder_memory_mib][0]
  }
  # Whole instance less 512 units and 3 GiB for the ECS agent, the Service Connect proxy's host share and the system.
  gpu_room = {
    "g4dn.xlarge" = { cpu = 3584, memory_mib = 13312 }
    "g5.xlarge"   = { cpu = 3584, memory_mib = 13312 }
    "g6.xlarge"   = { cpu = 3584, memory_mib = 13312 }
    "g5.2xlarge"  = { cpu = 7680, memory_mib = 29696 }
    "g6.2xlarge"  = { cpu = 7680, memory_mib = 29696 }
  }
}
