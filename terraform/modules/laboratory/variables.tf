variable "name" {
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

variable "cluster" {
  description = "ECS cluster."
  type = object({
    arn  = string
    name = string
  })
}

variable "network" {
  description = "VPC and private subnets."
  type = object({
    vpc_id     = string
    subnet_ids = list(string)
  })
}

variable "image" {
  description = "The training image by digest, in ECR: MLflow's server and its clients are one version."
  type        = string
}

variable "database" {
  description = "PostgreSQL for MLflow's tables, and the secret with `username` and `password`."
  type = object({
    host       = string
    port       = number
    name       = string
    secret_arn = string
  })
}

variable "catalog" {
  description = "The heads' catalog, and the policies of who reads and who writes it."
  type = object({
    address       = string
    reader_policy = string
    writer_policy = string
  })
}

variable "callers" {
  description = "Security groups that may call MLflow beside operator and trainings, by name."
  type        = map(string)
  default     = {}
  validation {
    condition     = !contains(keys(var.callers), "client")
    error_message = "laboratory.callers must not be called client: operator and trainings are."
  }
}

variable "retraining" {
  description = "Heads that are trained again: when, by cron(...) or rate(...) in UTC, and with which more options of `heads retrain`."
  type = map(object({
    schedule  = string
    arguments = list(string)
  }))
  default = {}
}

variable "sizes" {
  description = "CPU units and MiB of each task; pairs that Fargate offers."
  type = object({
    mlflow  = object({ cpu = number, memory_mib = number })
    sync    = object({ cpu = number, memory_mib = number })
    retrain = object({ cpu = number, memory_mib = number })
  })
}

variable "look_interval_s" {
  description = "How often the operator looks at the aliases; each look also asks the catalog, and S3 is paid by request."
  type        = number
  default     = 10
}

variable "alarm_topic_arn" {
  description = "Topic that failed trainings are told to."
  type        = string
}

variable "deletion_protection" {
  description = "Whether the bucket refuses to be deleted while it holds something."
  type        = bool
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
