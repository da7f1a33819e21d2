variable "name" {
  description = "Prefix of every name."
  type        = string
}

variable "vpc_id" {
  description = "The VPC."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets of GPU instances."
  type        = list(string)
}

variable "gpu" {
  description = "GPU instances: types in order of preference, most of them, how long a stopping container gets, whether old ones go first; null without."
  type = object({
    instance_types = list(string)
    max_instances  = number
    stop_timeout_s = number
    in_place       = optional(bool, false)
  })
}

variable "permissions_boundary_arn" {
  description = "The most that its roles may do; null without."
  type        = string
  default     = null
}
