# One of everything, on CPU, cheap to leave running.
environment         = "dev"
vpc_cidr            = "10.40.0.0/16"
nat_mode            = "single"
alb_internal        = true
alb_ingress_cidrs   = ["10.0.0.0/8"]
deletion_protection = false
log_retention_days  = 7
embedder_compute    = "fargate"
max_counts          = { embedder = 2, gateway = 2, heads = 2 }
canary              = { percent = 50, canary_bake_minutes = 3, bake_minutes = 3 }

# Yours: the certificate. Images come from the release in a later -var-file.
certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
