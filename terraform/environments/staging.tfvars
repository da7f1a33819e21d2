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

# Yours: certificate, and image digests, which the release pipeline gives in a later -var-file.
certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
images = {
  embedder      = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/embedder-gpu@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  gateway       = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/gateway@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  heads         = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/heads@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  metrics_agent = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/metrics-agent@sha256:0000000000000000000000000000000000000000000000000000000000000000"
}
