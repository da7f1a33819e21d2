variable "name" {
  description = "Prefix of every name."
  type        = string
}

variable "vpc_id" {
  description = "The VPC."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets."
  type        = list(string)
}

variable "deletion_protection" {
  description = "Whether the database refuses to be deleted, and leaves a last snapshot."
  type        = bool
}

variable "log_retention_days" {
  description = "How long the database's logs are kept."
  type        = number
}

variable "database" {
  description = "PostgreSQL; null without."
  type = object({
    instance_class        = string
    storage_gib           = number
    max_storage_gib       = number
    multi_az              = bool
    backup_retention_days = number
  })
}

variable "shared_cache" {
  description = "Valkey; null without."
  type = object({
    node_type = string
    replicas  = number
  })
}

variable "database_callers" {
  description = "Security groups that may call the database, by name."
  type        = map(string)
}

variable "cache_callers" {
  description = "Security groups that may call the cache, by name."
  type        = map(string)
}
