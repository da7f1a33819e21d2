variable "name" {
  description = "Name of the project: `<environment's prefix>-runner`."
  type        = string
}

variable "location" {
  description = "Account, partition and region."
  type = object({
    account_id = string
    partition  = string
    region     = string
  })
}

variable "network" {
  description = "VPC and private subnets."
  type = object({
    vpc_id     = string
    subnet_ids = list(string)
  })
}

variable "repository" {
  description = "The repository, like https://github.com/OWNER/NAME."
  type        = string
  validation {
    condition     = can(regex("^https://github\\.com/[\\w.-]+/[\\w.-]+$", var.repository))
    error_message = "runner.repository must be like https://github.com/OWNER/NAME."
  }
}

variable "connection_arn" {
  description = "CodeConnections connection to GitHub, made once by hand."
  type        = string
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
}

variable "permissions_boundary_arn" {
  description = "The most that its roles may do; null without."
  type        = string
  default     = null
}
