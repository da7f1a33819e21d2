# The roles that the pipeline assumes by OIDC, one an environment of the repository: nothing that could be stolen is kept anywhere. Each may
# do what its jobs do to the resources of its environment, which all bear its prefix, and roles that it makes stay within a boundary.
data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  # Terraform's environment and GitHub's: who plans reads, who deploys writes.
  deployments = { staging = "staging", prod = "production" }
  parts       = { run = data.aws_iam_policy_document.run, base = data.aws_iam_policy_document.base, care = data.aws_iam_policy_document.care }
  pipeline = merge(
    { build = "build" },
    { for environment, github in local.deployments : "plan-${environment}" => "${github}-plan" },
    { for environment, github in local.deployments : "deploy-${environment}" => github },
  )
}

resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_policy_document" "trust" {
  for_each = local.pipeline
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.github.arn]
    }
    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }
    # The environment of the repository, whose reviewers have approved: no branch and no fork has it.
    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:sub"
      values   = ["repo:${var.repository}:environment:${each.value}"]
    }
  }
}

resource "aws_iam_role" "pipeline" {
  for_each             = local.pipeline
  name                 = "trunkline-pipeline-${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  max_session_duration = 10800 # a canary and its bake in production, with room
}

data "aws_iam_policy_document" "build" {
  statement {
    sid       = "LogInToRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"] # this call knows no resource
  }
  statement {
    sid = "PushAndScan"
    actions = [
      "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:DescribeImageScanFindings", "ecr:DescribeImages",
      "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
    ]
    resources = [for repository in aws_ecr_repository.this : repository.arn]
  }
}

resource "aws_iam_role_policy" "build" {
  name   = "push-images"
  role   = aws_iam_role.pipeline["build"].id
  policy = data.aws_iam_policy_document.build.json
}

# The state of one environment, and its lock; reading takes the lock too.
data "aws_iam_policy_document" "state_of" {
  for_each = local.deployments
  statement {
    sid       = "FindState"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.state.arn]
    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["${each.key}.tfstate*"]
    }
  }
  statement {
    sid       = "ReadState"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.state.arn}/${each.key}.tfstate"]
  }
  statement {
    sid       = "LockState"
    actions   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    resources = ["${aws_s3_bucket.state.arn}/${each.key}.tfstate.tflock"]
  }
}

resource "aws_iam_role_policy" "plan" {
  for_each = local.deployments
  name     = "read-state"
  role     = aws_iam_role.pipeline["plan-${each.key}"].id
  policy   = data.aws_iam_policy_document.state_of[each.key].json
}

resource "aws_iam_policy" "read" {
  for_each    = local.deployments
  name        = "trunkline-pipeline-read-${each.key}"
  description = "What a plan of ${each.key} reads; no secret's value and no object of a bucket"
  policy      = data.aws_iam_policy_document.read[each.key].json
}

resource "aws_iam_role_policy_attachment" "read" {
  for_each   = merge([for environment in keys(local.deployments) : { for verb in ["plan", "deploy"] : "${verb}-${environment}" => environment }]...)
  role       = aws_iam_role.pipeline[each.key].name
  policy_arn = aws_iam_policy.read[each.value].arn
}

resource "aws_iam_policy" "deploy" {
  for_each    = merge([for environment in keys(local.deployments) : { for part in keys(local.parts) : "${part}-${environment}" => environment }]...)
  name        = "trunkline-pipeline-${each.key}"
  description = "What a deployment of ${each.value} changes"
  policy      = local.parts[split("-", each.key)[0]][each.value].json
}

resource "aws_iam_role_policy_attachment" "deploy" {
  for_each   = aws_iam_policy.deploy
  role       = aws_iam_role.pipeline["deploy-${split("-", each.key)[1]}"].name
  policy_arn = each.value.arn
}

resource "aws_iam_role_policy" "deploy" {
  for_each = local.deployments
  name     = "write-state"
  role     = aws_iam_role.pipeline["deploy-${each.key}"].id
  policy   = data.aws_iam_policy_document.write_state[each.key].json
}
