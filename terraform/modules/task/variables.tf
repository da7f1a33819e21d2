variable "name" {
  description = "What it does; also the container's name."
  type        = string
}

variable "prefix" {
  description = "Prefix of every name."
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

variable "image" {
  description = "Image by digest, in ECR."
  type        = string
}

variable "command" {
  description = "Words after the image's entry point."
  type        = list(string)
}

variable "environment" {
  description = "Settings."
  type        = map(string)
}

variable "secrets" {
  description = "Settings that come from Secrets Manager: name to `valueFrom`."
  type        = map(string)
  default     = {}
}

variable "secret_arns" {
  description = "Secrets that the execution role may read."
  type        = list(string)
  default     = []
}

variable "log_retention_days" {
  description = "How long its log is kept."
  type        = number
}

variable "permissions_boundary_arn" {
  description = "The most that its role may do; null without."
  type        = string
  default     = null
}
