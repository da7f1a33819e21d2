# Two of everything that must not be away, in three zones.
environment         = "prod"
vpc_cidr            = "10.42.0.0/16"
az_count            = 3
nat_mode            = "per_az"
alb_internal        = false
alb_ingress_cidrs   = ["203.0.113.0/24"] # yours: your callers' addresses; the whole world only with web_acl_arn
deletion_protection = true
log_retention_days  = 90
embedder_compute    = "gpu"
gpu_instance_type   = "g6.xlarge"
max_counts          = { embedder = 6, gateway = 12, heads = 8 }
canary              = { percent = 10, canary_bake_minutes = 15, bake_minutes = 15 }
catalog_in_s3       = true
gpu_fallback_types  = ["g5.xlarge", "g4dn.xlarge"]
extra_environment   = { gateway = { GATEWAY_REQUESTS_PER_MINUTE = "1200" } } # of one key

# Yours: the repository and your connection to it, of the runner that tries releases inside the VPC;
runner = {
  repository     = "https://github.com/OWNER/trunkline"
  connection_arn = "arn:aws:codeconnections:eu-central-1:123456789012:connection/00000000-0000-0000-0000-000000000000"
}

# the boundary that bootstrap made;
permissions_boundary_arn = "arn:aws:iam::123456789012:policy/trunkline-boundary-prod"

# and the certificate. Images come from the release in a later -var-file.
certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
