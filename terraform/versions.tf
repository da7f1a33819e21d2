# Versions, state and provider. The state bucket is made once by bootstrap/; its name is given at `terraform init`.
terraform {
  required_version = ">= 1.10"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.21, < 7.0" # 6.21 is the first with CANARY in aws_ecs_service
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
