variable "name" {
  description = "Prefix of every name."
  type        = string
}

variable "region" {
  description = "AWS region."
  type        = string
}

variable "account_id" {
  description = "This AWS account: its flow logs alone assume their role."
  type        = string
}

variable "cidr" {
  description = "Address range of the VPC."
  type        = string
}

variable "az_count" {
  description = "Availability zones in use."
  type        = number
}

variable "nat_mode" {
  description = "none, single or per_az."
  type        = string
}

variable "interface_endpoints" {
  description = "Whether AWS APIs are reached by interface endpoints."
  type        = bool
}

variable "log_retention_days" {
  description = "How long the flow log is kept."
  type        = number
}

variable "permissions_boundary_arn" {
  description = "The most that its roles may do; null without."
  type        = string
  default     = null
}
