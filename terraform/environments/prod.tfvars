# Two of everything that must not be away, in three zones.
environment         = "prod"
vpc_cidr            = "10.42.0.0/16"
az_count            = 3
nat_mode            = "per_az"
alb_internal        = false
alb_ingress_cidrs   = ["0.0.0.0/0"]
deletion_protection = true
log_retention_days  = 90
embedder_compute    = "gpu"
gpu_instance_type   = "g6.xlarge"
max_counts          = { embedder = 6, gateway = 12, heads = 8 }
canary              = { percent = 10, canary_bake_minutes = 15, bake_minutes = 15 }
catalog_in_s3       = true

# Yours: certificate, and image digests, which the release pipeline gives in a later -var-file.
certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
images = {
  embedder      = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/embedder-gpu@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  gateway       = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/gateway@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  heads         = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/heads@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  metrics_agent = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/metrics-agent@sha256:0000000000000000000000000000000000000000000000000000000000000000"
}
