variable "name" {
  description = "Name of the bucket, world-wide unique."
  type        = string
}

variable "force_destroy" {
  description = "Whether it may be deleted with what it holds."
  type        = bool
}

variable "expire_days" {
  description = "Objects are deleted after so many days; 0 keeps them."
  type        = number
  default     = 0
}

variable "policy_documents" {
  description = "Statements of the bucket policy beside the one that demands TLS, as JSON documents."
  type        = list(string)
  default     = []
}
