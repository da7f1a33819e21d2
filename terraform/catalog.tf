# The heads catalog: bundles and aliases in a versioned bucket. Heads tasks read it and take candidates back, promoters write it.
locals {
  catalog_bucket = "${local.name}-catalog-${local.account_id}"
}

module "catalog" {
  source        = "./modules/bucket"
  name          = local.catalog_bucket
  force_destroy = !var.deletion_protection
}

data "aws_iam_policy_document" "catalog_reader" {
  statement {
    sid       = "ListHeads"
    actions   = ["s3:ListBucket"]
    resources = [module.catalog.arn]
    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["heads", "heads/*"]
    }
  }
  statement {
    sid       = "ReadHeads"
    actions   = ["s3:GetObject"]
    resources = ["${module.catalog.arn}/heads/*"]
  }
}

# A task may change who has which role, recorded first; it can neither write a bundle nor take a record away.
data "aws_iam_policy_document" "catalog_withdrawer" {
  statement {
    sid       = "WithdrawCandidates"
    actions   = ["s3:PutObject"]
    resources = ["${module.catalog.arn}/heads/*/aliases.json", "${module.catalog.arn}/heads/audit.jsonl/*"]
  }
}

data "aws_iam_policy_document" "catalog_writer" {
  source_policy_documents = [data.aws_iam_policy_document.catalog_reader.json]
  statement {
    sid       = "WriteHeads"
    actions   = ["s3:PutObject"] # no delete: bundles are immutable, aliases are replaced
    resources = ["${module.catalog.arn}/heads/*"]
  }
}

resource "aws_iam_policy" "catalog_writer" {
  name        = "${local.name}-catalog-writer"
  description = "For people and pipelines that promote heads"
  policy      = data.aws_iam_policy_document.catalog_writer.json
}
