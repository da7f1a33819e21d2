# Who called: the load balancer's access log, kept 30 days. It holds addresses and paths, never bodies.
data "aws_iam_policy_document" "delivery" {
  statement {
    sid       = "LoadBalancerWrites"
    actions   = ["s3:PutObject"]
    resources = ["arn:${data.aws_partition.current.partition}:s3:::${local.log_bucket}/AWSLogs/${var.account_id}/*"]
    principals {
      type        = "Service"
      identifiers = ["logdelivery.elasticloadbalancing.amazonaws.com"]
    }
  }
}

locals {
  log_bucket = "${var.name}-access-${var.account_id}"
}

module "access_logs" {
  source           = "../bucket"
  name             = local.log_bucket
  force_destroy    = true
  expire_days      = 30
  policy_documents = [data.aws_iam_policy_document.delivery.json]
}
