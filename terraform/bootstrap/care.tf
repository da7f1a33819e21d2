# What is kept and cared for: the log's migration, its database's password, backups, what costs more than it should.
data "aws_iam_policy_document" "care" {
  for_each = local.deployments
  statement {
    sid       = "MigrateLog"
    actions   = ["ecs:RunTask"]
    resources = ["${local.here.ecs}:task-definition/${local.prefix[each.key]}-gateway-migrate:*"]
    condition {
      test     = "ArnLike"
      variable = "ecs:cluster"
      values   = ["${local.here.ecs}:cluster/${local.prefix[each.key]}"]
    }
  }
  # RDS makes the secret in the name of who makes the database, and encrypts it with the account's key for secrets.
  statement {
    sid       = "LetDatabaseKeepItsPassword"
    actions   = ["secretsmanager:CreateSecret", "secretsmanager:TagResource"]
    resources = ["${local.here.secretsmanager}:secret:rds!db-*"]
  }
  # The keys that AWS keeps for secrets and for backups.
  statement {
    sid       = "FindKeys"
    actions   = ["kms:DescribeKey"]
    resources = ["arn:${local.partition}:kms:*:${local.account}:key/*"]
  }
  statement {
    sid       = "KeepVault"
    actions   = ["backup:CreateBackupVault", "backup:DeleteBackupVault", "backup:DeleteRecoveryPoint", "backup:DescribeBackupVault", "backup:ListRecoveryPointsByBackupVault", "backup:ListTags", "backup:PutBackupVaultLockConfiguration", "backup:TagResource"]
    resources = ["${local.here.backup}:backup-vault:${local.prefix[each.key]}"]
  }
  statement {
    sid       = "MakeBackups"
    actions   = ["backup-storage:MountCapsule", "backup:CreateBackupPlan", "backup:CreateBackupSelection", "backup:TagResource"]
    resources = ["*"] # plans have numbers for names
  }
  statement {
    sid       = "ChangeBackups"
    actions   = ["backup:DeleteBackupPlan", "backup:DeleteBackupSelection", "backup:GetBackupPlan", "backup:GetBackupSelection", "backup:UpdateBackupPlan"]
    resources = ["${local.here.backup}:backup-plan:*"]
    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/Environment"
      values   = [each.key]
    }
  }
  statement {
    sid       = "LimitCosts"
    actions   = ["budgets:ModifyBudget", "budgets:TagResource"]
    resources = ["arn:${local.partition}:budgets::${local.account}:budget/${local.prefix[each.key]}"]
  }
  statement {
    sid       = "WatchCosts"
    actions   = ["ce:CreateAnomalyMonitor", "ce:CreateAnomalySubscription", "ce:GetAnomalyMonitors", "ce:GetAnomalySubscriptions", "ce:ListTagsForResource", "ce:TagResource"]
    resources = ["*"]
  }
  statement {
    sid       = "ChangeWatchOfCosts"
    actions   = ["ce:DeleteAnomalyMonitor", "ce:DeleteAnomalySubscription", "ce:UpdateAnomalyMonitor", "ce:UpdateAnomalySubscription"]
    resources = ["arn:${local.partition}:ce::${local.account}:anomalymonitor/*", "arn:${local.partition}:ce::${local.account}:anomalysubscription/*"]
    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/Environment"
      values   = [each.key]
    }
  }
}
