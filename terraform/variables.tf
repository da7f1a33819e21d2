# What an operator may choose. Sizes of tasks are not here: environments/<environment>.sizing.auto.tfvars.json holds them.
variable "environment" {
  description = "Which environment this is; names everything, and picks the sizing file."
  type        = string
  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "environment must be dev, staging or prod."
  }
}

variable "region" {
  description = "AWS region."
  type        = string
  default     = "eu-central-1"
  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must look like eu-central-1."
  }
}

variable "tags" {
  description = "Tags on everything, beside Project, Environment and ManagedBy."
  type        = map(string)
  default     = {}
  validation {
    condition     = length(setintersection(keys(var.tags), ["Project", "Environment", "ManagedBy"])) == 0
    error_message = "tags must not replace Project, Environment or ManagedBy."
  }
}

variable "vpc_cidr" {
  description = "Address range of the VPC; /16 to /20."
  type        = string
  default     = "10.40.0.0/16"
  validation {
    condition     = can(cidrhost(var.vpc_cidr, 0)) && try(tonumber(split("/", var.vpc_cidr)[1]) >= 16 && tonumber(split("/", var.vpc_cidr)[1]) <= 20, false)
    error_message = "vpc_cidr must be an IPv4 range from /16 to /20."
  }
}

variable "az_count" {
  description = "Availability zones in use."
  type        = number
  default     = 2
  validation {
    condition     = contains([2, 3], var.az_count)
    error_message = "az_count must be 2 or 3: a load balancer needs two."
  }
}

variable "nat_mode" {
  description = "How private subnets reach the internet: none, one NAT gateway for all (single), or one a zone (per_az)."
  type        = string
  default     = "single"
  validation {
    condition     = contains(["none", "single", "per_az"], var.nat_mode)
    error_message = "nat_mode must be none, single or per_az."
  }
  validation {
    condition     = var.nat_mode != "none" || var.interface_endpoints
    error_message = "Without NAT, tasks reach ECR, ECS and CloudWatch only by interface endpoints: set interface_endpoints."
  }
}

variable "interface_endpoints" {
  description = "Whether AWS APIs are reached inside the VPC by interface endpoints."
  type        = bool
  default     = false
}

variable "certificate_arn" {
  description = "ACM certificate of the name that clients call, in the same region."
  type        = string
  validation {
    condition     = can(regex("^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[0-9a-f-]+$", var.certificate_arn))
    error_message = "certificate_arn must be the ARN of an ACM certificate."
  }
}

variable "alb_internal" {
  description = "Whether the load balancer has only private addresses."
  type        = bool
  default     = true
}

variable "alb_ingress_cidrs" {
  description = "Who may call the load balancer on port 443."
  type        = set(string)
  validation {
    condition     = length(var.alb_ingress_cidrs) > 0 && alltrue([for cidr in var.alb_ingress_cidrs : can(cidrhost(cidr, 0))])
    error_message = "alb_ingress_cidrs must name at least one address range, each like 10.0.0.0/8."
  }
  validation {
    condition     = var.web_acl_arn != null || length(setintersection(var.alb_ingress_cidrs, ["0.0.0.0/0", "::/0"])) == 0
    error_message = "alb_ingress_cidrs must not be the whole world without a WAF: set web_acl_arn, or name your callers' addresses."
  }
}

variable "web_acl_arn" {
  description = "WAF web ACL before the load balancer; null without."
  type        = string
  default     = null
}

variable "record" {
  description = "Route 53 zone and name that point to the load balancer; null if DNS is elsewhere."
  type        = object({ zone_id = string, name = string })
  default     = null
}

variable "runner" {
  description = "Repository and CodeConnections connection of the runner that tries releases inside the VPC; null without."
  type        = object({ repository = string, connection_arn = string })
  default     = null
}

variable "break_glass" {
  description = "Services in whose tasks a shell may be opened, while something is looked for."
  type        = set(string)
  default     = []
  validation {
    condition     = length(setsubtract(var.break_glass, ["embedder", "gateway", "heads"])) == 0
    error_message = "break_glass may name embedder, gateway and heads."
  }
}

variable "permissions_boundary_arn" {
  description = "Boundary of every role, made by bootstrap; the pipeline may make no role without it. Null where a person deploys."
  type        = string
  default     = null
}

variable "deletion_protection" {
  description = "Whether load balancer and database refuse to be deleted, and buckets that hold something too."
  type        = bool
  default     = true
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
  default     = 30
  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.log_retention_days)
    error_message = "log_retention_days must be one of the periods that CloudWatch knows, at most 731."
  }
}

variable "alarm_emails" {
  description = "Addresses that alarms are mailed to."
  type        = set(string)
  default     = []
  validation {
    condition     = alltrue([for address in var.alarm_emails : can(regex("^[^@\\s]+@[^@\\s]+$", address))])
    error_message = "alarm_emails must be email addresses."
  }
}

variable "catalog_in_s3" {
  description = "Whether the heads service reads its catalog from the S3 bucket, and takes candidates back there; else the one in its image."
  type        = bool
  default     = false
}

variable "catalog_poll_interval_s" {
  description = "How often a worker of heads looks for a change in S3; each look costs requests."
  type        = number
  default     = 10
  validation {
    condition     = var.catalog_poll_interval_s >= 1 && var.catalog_poll_interval_s <= 60
    error_message = "catalog_poll_interval_s must be 1 to 60."
  }
}

variable "monthly_budget_usd" {
  description = "Cost of the environment in a month that is told when 80 % are spent, or all are forecast, or a twentieth comes unexpected; null without."
  type        = number
  default     = null
}

variable "prediction_log" {
  description = "Whether the gateway records every answer, in a PostgreSQL database that is then made."
  type        = bool
  default     = false
}

variable "enable_database" {
  description = "Whether a PostgreSQL database is made though no prediction log wants it."
  type        = bool
  default     = false
}

variable "database" {
  description = "Size of the database."
  type = object({
    instance_class        = optional(string, "db.t4g.small")
    storage_gib           = optional(number, 20)
    max_storage_gib       = optional(number, 100)
    multi_az              = optional(bool, false)
    backup_retention_days = optional(number, 7)
  })
  default = {}
  validation {
    condition     = startswith(var.database.instance_class, "db.") && var.database.storage_gib >= 20 && var.database.max_storage_gib > var.database.storage_gib
    error_message = "database: instance_class begins with db., storage_gib is 20 or more, max_storage_gib is larger."
  }
  validation {
    condition     = var.database.backup_retention_days >= 7 && var.database.backup_retention_days <= 35
    error_message = "database.backup_retention_days must be 7 to 35."
  }
}

variable "backup_days" {
  description = "Days that AWS Backup keeps each day's copy of the database, beside RDS's own backups; 0 makes none."
  type        = number
  default     = 35
  validation {
    condition     = var.backup_days == 0 || var.backup_days >= 7 && var.backup_days <= 35
    error_message = "backup_days must be 0, or 7 to 35: a copy holds what was erased since, and may not outlive what is promised."
  }
}

variable "enable_shared_cache" {
  description = "Whether embedders share what they computed, in a Valkey cache that is then made; embeddings are personal data."
  type        = bool
  default     = false
}

variable "shared_cache" {
  description = "Size of the shared cache, and how long it keeps a text's vectors."
  type = object({
    node_type = optional(string, "cache.t4g.small")
    replicas  = optional(number, 1)
    ttl_s     = optional(number, 86400)
  })
  default = {}
  validation {
    condition     = startswith(var.shared_cache.node_type, "cache.") && var.shared_cache.replicas >= 1 && var.shared_cache.replicas <= 5
    error_message = "shared_cache: node_type begins with cache., replicas is 1 to 5."
  }
  validation {
    condition     = var.shared_cache.ttl_s >= 60 && var.shared_cache.ttl_s <= 2592000
    error_message = "shared_cache.ttl_s must be 60 to 2592000, 30 days: what is forgotten elsewhere must not stay here."
  }
}
