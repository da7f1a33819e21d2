# Every part at once, also those that are off in the environments: what static checks read.
environment          = "prod"
region               = "eu-central-1"
az_count             = 3
nat_mode             = "per_az"
interface_endpoints  = true
alb_internal         = false
alb_ingress_cidrs    = ["203.0.113.0/24"]
embedder_compute     = "gpu"
max_counts           = { embedder = 4, gateway = 8, heads = 4 }
alarm_emails         = ["operator@example.com"]
catalog_in_s3        = true
prediction_log       = true
database             = { multi_az = true, backup_retention_days = 14 }
enable_shared_cache  = true
gateway_secret_names = ["GATEWAY_API_KEYS"]
extra_environment    = { gateway = { GATEWAY_LOG_LEVEL = "warning" } }
certificate_arn      = "arn:aws:acm:eu-central-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
encoder_fingerprint  = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
images = {
  embedder_cpu  = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/embedder-cpu@sha256:1111111111111111111111111111111111111111111111111111111111111111"
  embedder_gpu  = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/embedder-gpu@sha256:1111111111111111111111111111111111111111111111111111111111111111"
  gateway       = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/gateway@sha256:2222222222222222222222222222222222222222222222222222222222222222"
  heads         = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/heads@sha256:3333333333333333333333333333333333333333333333333333333333333333"
  metrics_agent = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/metrics-agent@sha256:4444444444444444444444444444444444444444444444444444444444444444"
}
runner                   = { repository = "https://github.com/OWNER/trunkline", connection_arn = "arn:aws:codeconnections:eu-central-1:123456789012:connection/00000000-0000-0000-0000-000000000000" }
web_acl_arn              = "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/x/00000000-0000-0000-0000-000000000000"
record                   = { zone_id = "Z0123456789ABCDEFGHIJ", name = "trunkline.example.com" }
permissions_boundary_arn = "arn:aws:iam::123456789012:policy/trunkline-boundary-prod"
monthly_budget_usd       = 2000
gpu_fallback_types       = ["g5.xlarge"]
break_glass              = ["gateway"]
