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
  description = "GPU instances: type, most of them, and how long a stopping container gets; null without."
  type = object({
    instance_type  = string
    max_instances  = number
    stop_timeout_s = number
  })
}
