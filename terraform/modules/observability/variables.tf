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
  description = "Namespace of the services' own metrics."
  type        = string
}

variable "queue_alarm_depth" {
  description = "Mean queue depth of the embedder that is an alarm."
  type        = number
}

variable "door_refusals_alarm" {
  description = "Requests refused a minute for want of room, over all tasks of a service, that are an alarm."
  type        = number
  default     = 30
}

variable "door_waiting_alarm" {
  description = "Mean number of requests waiting in a task that is an alarm."
  type        = number
  default     = 4
}

variable "database_identifier" {
  description = "The database; null without."
  type        = string
}

variable "prediction_log" {
  description = "Whether the gateway records its answers, which two alarms look after."
  type        = bool
}

variable "connections_alarm" {
  description = "Connections of the database that are an alarm; a db.t4g.small takes about 180."
  type        = number
  default     = 100
}

variable "p95_alarm_s" {
  description = "95th percentile of the gateway's answer time that is an alarm."
  type        = number
  default     = 2
}

variable "environment" {
  description = "Value of the tag Environment, which the budget counts."
  type        = string
}

variable "monthly_budget_usd" {
  description = "Cost of a month that is told before it is reached, as is a twentieth of it that nobody expected; null without."
  type        = number
}
