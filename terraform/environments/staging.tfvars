# What production is, smaller: the same GPU, one of it, so that a release meets every part it will meet there.
environment         = "staging"
vpc_cidr            = "10.41.0.0/16"
nat_mode            = "single"
alb_internal        = true
alb_ingress_cidrs   = ["10.0.0.0/8"]
deletion_protection = false
log_retention_days  = 14
embedder_compute    = "gpu"
gpu_instance_type   = "g6.xlarge"
embedder_in_place   = true
max_counts          = { embedder = 1, gateway = 4, heads = 4 }
canary              = { percent = 25, canary_bake_minutes = 5, bake_minutes = 5 }
catalog_in_s3       = true
gpu_fallback_types  = ["g5.xlarge", "g4dn.xlarge"]
extra_environment   = { gateway = { GATEWAY_REQUESTS_PER_MINUTE = "1200" } } # of one key

# Yours: the repository and your connection to it, of the runner that tries releases inside the VPC;
runner = {
  repository     = "https://github.com/OWNER/trunkline"
  connection_arn = "arn:aws:codeconnections:eu-central-1:123456789012:connection/00000000-0000-0000-0000-000000000000"
}

# the boundary that bootstrap made;
permissions_boundary_arn = "arn:aws:iam::123456789012:policy/trunkline-boundary-staging"

# and the certificate. Images come from the release in a later -var-file.
certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
