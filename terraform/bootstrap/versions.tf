# Applied once by hand, with its state in a local file: what must exist before an environment can.
terraform {
  required_version = ">= 1.10"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "6.32.0"
    }
  }
}

provider "aws" {
  region = var.region
  default_tags {
    tags = { Project = "trunkline", Environment = "shared", ManagedBy = "terraform" }
  }
}
