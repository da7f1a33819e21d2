variable "name" {
  description = "Prefix of every name."
  type        = string
}

variable "account_id" {
  description = "AWS account; makes the bucket's name unique."
  type        = string
}

variable "vpc_id" {
  description = "The VPC."
  type        = string
}

variable "subnet_ids" {
  description = "Where the load balancer lives: public subnets unless it is internal."
  type        = list(string)
}

variable "internal" {
  description = "Whether it has only private addresses."
  type        = bool
}

variable "ingress_cidrs" {
  description = "Who may call it on port 443."
  type        = set(string)
}

variable "certificate_arn" {
  description = "ACM certificate."
  type        = string
}

variable "target_port" {
  description = "Port of the gateway's tasks."
  type        = number
}

variable "idle_timeout_s" {
  description = "How long a connection may be silent, also while a request is being answered."
  type        = number
}

variable "deregistration_delay_s" {
  description = "How long a leaving task still gets answers through, before it is stopped."
  type        = number
}

variable "deletion_protection" {
  description = "Whether the load balancer refuses to be deleted."
  type        = bool
}

variable "runner" {
  description = "Security group of the pipeline's runner, and the NAT gateways' addresses that it has outside; null without."
  type        = object({ group_id = string, nat_cidrs = list(string) })
  default     = null
}

variable "web_acl_arn" {
  description = "WAF web ACL; null without."
  type        = string
  default     = null
}

variable "record" {
  description = "Route 53 zone and name that point to it; null without."
  type        = object({ zone_id = string, name = string })
  default     = null
}

variable "permissions_boundary_arn" {
  description = "The most that its roles may do; null without."
  type        = string
  default     = null
}
