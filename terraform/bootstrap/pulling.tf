# Environments in other accounts pull the same images: what staging tried is byte for byte what production gets there too. Only the roles that
# start tasks may, and only pull. An account's own roles need no policy here.
data "aws_iam_policy_document" "pull" {
  count = length(var.pulling_account_ids) > 0 ? 1 : 0
  statement {
    sid     = "StartTasksElsewhere"
    actions = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    principals {
      type        = "AWS"
      identifiers = [for account in var.pulling_account_ids : "arn:${local.partition}:iam::${account}:root"]
    }
    condition {
      test     = "ArnLike"
      variable = "aws:PrincipalArn"
      values   = [for account in var.pulling_account_ids : "arn:${local.partition}:iam::${account}:role/trunkline-*-execution"]
    }
  }
}

resource "aws_ecr_repository_policy" "pull" {
  for_each   = length(var.pulling_account_ids) > 0 ? aws_ecr_repository.this : {}
  repository = each.value.name
  policy     = one(data.aws_iam_policy_document.pull[*].json)
}
