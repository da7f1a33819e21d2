# Versions, state and provider. The state bucket is made once by bootstrap/; its name is given at `terraform init`.
terraform {
  required_version = ">= 1.10"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "6.32.0" # 6.21 is the first with CANARY; from 6.53 on an interrupt that never was rolls healthy releases back
    }
  }
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region
  default_tags {
    tags = merge({ Project = "trunkline", Environment = var.environment, ManagedBy = "terraform" }, var.tags)
  }
}
