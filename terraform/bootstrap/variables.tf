variable "region" {
  description = "AWS region of the state and the images."
  type        = string
  default     = "eu-central-1"
}

variable "state_bucket" {
  description = "Name of the bucket that holds the environments' states, world-wide unique."
  type        = string
  default     = "trunkline-terraform-state"
}

variable "repository" {
  description = "OWNER/NAME of the repository whose pipeline assumes the roles."
  type        = string
  validation {
    condition     = can(regex("^[\\w.-]+/[\\w.-]+$", var.repository))
    error_message = "repository must be OWNER/NAME."
  }
}

variable "kept_images" {
  description = "How many images of each repository are kept: as far back as one may roll."
  type        = number
  default     = 50
  validation {
    condition     = var.kept_images >= 10 && var.kept_images <= 1000
    error_message = "kept_images must be 10 to 1000."
  }
}

variable "pulling_account_ids" {
  description = "Other accounts whose environments pull these images; their roles that start tasks may, and nobody else there."
  type        = set(string)
  default     = []
  validation {
    condition     = alltrue([for account in var.pulling_account_ids : can(regex("^[0-9]{12}$", account))])
    error_message = "pulling_account_ids must be account numbers of 12 digits."
  }
}
