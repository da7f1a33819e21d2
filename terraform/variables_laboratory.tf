# The one switch of the laboratory.
variable "laboratory" {
  description = "MLflow inside the VPC, its registry operator and trainings on a schedule; null without, {} with the defaults. Needs images.training and catalog_in_s3."
  type = object({
    # Security groups that may call MLflow beside its own tasks, by name: whoever may, may move an alias, for MLflow asks for no password.
    callers = optional(map(string), {})
    # Heads that are trained again, by name: when, in UTC, and more options of `heads retrain`.
    retraining = optional(map(object({
      schedule  = string
      arguments = optional(list(string), [])
    })), {})
    database = optional(object({
      instance_class        = optional(string, "db.t4g.micro")
      storage_gib           = optional(number, 20)
      max_storage_gib       = optional(number, 100)
      multi_az              = optional(bool, false)
      backup_retention_days = optional(number, 7)
    }), {})
    sizes = optional(object({
      mlflow  = optional(object({ cpu = number, memory_mib = number }), { cpu = 512, memory_mib = 2048 })
      sync    = optional(object({ cpu = number, memory_mib = number }), { cpu = 1024, memory_mib = 4096 })
      retrain = optional(object({ cpu = number, memory_mib = number }), { cpu = 4096, memory_mib = 8192 })
    }), {})
  })
  default = null
  validation {
    condition     = var.laboratory == null || var.images.training != null
    error_message = "laboratory needs images.training: `LABORATORY=true make push-images` builds and names it."
  }
  validation {
    condition     = var.laboratory == null || var.catalog_in_s3
    error_message = "laboratory needs catalog_in_s3: its operator writes there, and the catalog of an image cannot be written."
  }
  validation {
    condition     = alltrue([for wanted in values(try(var.laboratory.retraining, {})) : can(regex("^(cron|rate)\\(.+\\)$", wanted.schedule))])
    error_message = "laboratory.retraining: each schedule is like cron(0 3 * * ? *) or rate(1 day)."
  }
  validation {
    condition     = !anytrue(flatten([for wanted in values(try(var.laboratory.retraining, {})) : [for argument in wanted.arguments : startswith(argument, "--alias")]]))
    error_message = "laboratory.retraining asks for the role candidate alone; another is a person's to give."
  }
  validation {
    condition     = alltrue([for head in keys(try(var.laboratory.retraining, {})) : can(regex("^[a-z][a-z0-9_-]{0,62}$", head))])
    error_message = "laboratory.retraining: each key is the name of a head."
  }
}
