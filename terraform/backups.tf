# Copies of the database in a vault of AWS Backup, beside those of RDS: RDS's own go with the database, and whoever may delete that may
# delete them. The catalog needs none: its bucket keeps every version, and bundles are in the repository. A copy holds what was erased since
# (`gateway erasures`): none is kept longer than RDS keeps its own at most.
locals {
  backups      = (var.prediction_log || var.enable_database) && var.backup_days > 0 ? 1 : 0
  backup_vault = "arn:${local.location.partition}:backup:${var.region}:${local.account_id}:backup-vault:${local.name}"
}

resource "aws_backup_vault" "this" {
  count         = local.backups
  name          = local.name
  force_destroy = !var.deletion_protection
}

# Governance: no copy younger than a week is deleted, except by who may change the lock itself.
resource "aws_backup_vault_lock_configuration" "this" {
  count              = var.deletion_protection ? local.backups : 0
  backup_vault_name  = aws_backup_vault.this[0].name
  min_retention_days = 7
  max_retention_days = 35
}

resource "aws_backup_plan" "this" {
  count = local.backups
  name  = local.name
  rule {
    rule_name         = "daily"
    target_vault_name = aws_backup_vault.this[0].name
    schedule          = "cron(0 3 * * ? *)"
    start_window      = 60
    completion_window = 300
    lifecycle {
      delete_after = var.backup_days
    }
  }
}

resource "aws_backup_selection" "database" {
  count        = local.backups
  name         = "database"
  plan_id      = aws_backup_plan.this[0].id
  iam_role_arn = aws_iam_role.backup[0].arn
  resources    = [module.data.database.arn]
  depends_on   = [aws_iam_role_policy.backup]
}

data "aws_iam_policy_document" "backup_trust" {
  count = local.backups
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["backup.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}

data "aws_iam_policy_document" "backup" {
  count = local.backups
  statement {
    sid       = "CopyDatabase"
    actions   = ["rds:AddTagsToResource", "rds:CreateDBSnapshot", "rds:DescribeDBInstances", "rds:DescribeDBSnapshots", "rds:ListTagsForResource"]
    resources = [module.data.database.arn, "arn:${local.location.partition}:rds:${var.region}:${local.account_id}:snapshot:awsbackup:*"]
  }
  statement {
    sid       = "EndCopies"
    actions   = ["rds:DeleteDBSnapshot"]
    resources = ["arn:${local.location.partition}:rds:${var.region}:${local.account_id}:snapshot:awsbackup:*"]
  }
  statement {
    sid       = "SeeVault"
    actions   = ["backup:DescribeBackupVault"]
    resources = [local.backup_vault]
  }
}

resource "aws_iam_role" "backup" {
  count                = local.backups
  name                 = "${local.name}-backup"
  assume_role_policy   = data.aws_iam_policy_document.backup_trust[0].json
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "backup" {
  count  = local.backups
  name   = "copy-database"
  role   = aws_iam_role.backup[0].id
  policy = data.aws_iam_policy_document.backup[0].json
}

# Told as a failed release is: a copy that was not made is missed only when it is needed.
resource "aws_cloudwatch_event_rule" "backup_failed" {
  count       = local.backups
  name        = "${local.name}-backup-failed"
  description = "A copy of the database was not made"
  event_pattern = jsonencode({
    source      = ["aws.backup"]
    detail-type = ["Backup Job State Change"]
    detail      = { state = ["FAILED", "EXPIRED", "ABORTED"], backupVaultName = [local.name] }
  })
}

resource "aws_cloudwatch_event_target" "backup_failed" {
  count = local.backups
  rule  = aws_cloudwatch_event_rule.backup_failed[0].name
  arn   = module.observability.topic_arn
}
