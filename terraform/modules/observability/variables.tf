variable "name" {
  description = "Prefix of every name; `<name>-<service>` is a service's."
  type        = string
}

variable "region" {
  description = "AWS region."
  type        = string
}

variable "account_id" {
  description = "AWS account."
  type        = string
}

variable "alarm_emails" {
  description = "Addresses that alarms are mailed to."
  type        = set(string)
}

variable "load_balancer" {
  description = "How metrics name the load balancer and its two target groups."
  type = object({
    arn_suffix                = string
    target_group_arn_suffixes = list(string)
  })
}

variable "metrics_namespace" {
  description = "Namespace of the embedder's own metrics."
  type        = string
}

variable "queue_alarm_depth" {
  description = "Mean queue depth of the embedder that is an alarm."
  type        = number
}

variable "database_identifier" {
  description = "The database; null without."
  type        = string
}

variable "p95_alarm_s" {
  description = "95th percentile of the gateway's answer time that is an alarm."
  type        = number
  default     = 2
}
