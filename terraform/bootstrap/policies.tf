# What plans read and deployments change. Where a call knows a resource, it is one of the environment's, by its prefix.
locals {
  prefix = { for environment in keys(local.deployments) : environment => "trunkline-${environment}" }
  here   = { for service in ["autoscaling", "backup", "cloudwatch", "codebuild", "ecs", "ec2", "elasticache", "elasticloadbalancing", "events", "logs", "rds", "scheduler", "secretsmanager", "sns"] : service => "arn:${local.partition}:${service}:*:${local.account}" }
  iam    = "arn:${local.partition}:iam::${local.account}"
}

data "aws_iam_policy_document" "write_state" {
  for_each                = local.deployments
  source_policy_documents = [data.aws_iam_policy_document.state_of[each.key].json]
  statement {
    sid       = "WriteState"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.state.arn}/${each.key}.tfstate"]
  }
}

data "aws_iam_policy_document" "read" {
  for_each = local.deployments
  statement {
    sid = "SeeWhatThereIs"
    actions = [
      "application-autoscaling:Describe*", "application-autoscaling:ListTagsForResource", "autoscaling:Describe*",
      "backup:DescribeBackupVault", "backup:GetBackupPlan", "backup:GetBackupSelection", "backup:ListTags", "budgets:ListTagsForResource",
      "budgets:ViewBudget", "ce:GetAnomalyMonitors", "ce:GetAnomalySubscriptions", "ce:ListTagsForResource", "cloudwatch:DescribeAlarms", "cloudwatch:GetDashboard", "cloudwatch:ListTagsForResource", "codebuild:BatchGetProjects",
      "ec2:Describe*", "ecs:Describe*", "ecs:List*", "elasticache:Describe*", "elasticache:ListTagsForResource", "elasticloadbalancing:Describe*",
      "events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule", "logs:DescribeLogGroups", "logs:ListTagsForResource",
      "rds:Describe*", "rds:ListTagsForResource", "route53:GetHostedZone", "route53:ListResourceRecordSets", "scheduler:GetSchedule",
      "scheduler:GetScheduleGroup", "scheduler:ListTagsForResource", "servicediscovery:GetNamespace", "servicediscovery:GetService", "servicediscovery:ListNamespaces", "servicediscovery:ListTagsForResource", "sns:GetSubscriptionAttributes", "sns:GetTopicAttributes",
      "sns:ListTagsForResource", "wafv2:GetWebACL", "wafv2:GetWebACLForResource",
    ]
    resources = ["*"]
  }
  statement {
    sid       = "SeeRoles"
    actions   = ["iam:GetInstanceProfile", "iam:GetPolicy", "iam:GetPolicyVersion", "iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole", "iam:ListPolicyVersions", "iam:ListRolePolicies"]
    resources = ["${local.iam}:role/${local.prefix[each.key]}-*", "${local.iam}:policy/${local.prefix[each.key]}-*", "${local.iam}:instance-profile/${local.prefix[each.key]}-*"]
  }
  statement {
    sid       = "SeeSecretsWithoutTheirValues"
    actions   = ["secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy"]
    resources = ["${local.here.secretsmanager}:secret:${local.prefix[each.key]}/*"]
  }
  statement {
    sid       = "SeeBuckets"
    actions   = ["s3:GetAccelerateConfiguration", "s3:GetBucketAcl", "s3:GetBucketCORS", "s3:GetBucketLogging", "s3:GetBucketObjectLockConfiguration", "s3:GetBucketOwnershipControls", "s3:GetBucketPolicy", "s3:GetBucketPublicAccessBlock", "s3:GetBucketRequestPayment", "s3:GetBucketTagging", "s3:GetBucketVersioning", "s3:GetBucketWebsite", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:GetReplicationConfiguration", "s3:ListBucket"]
    resources = ["arn:${local.partition}:s3:::${local.prefix[each.key]}-*"]
  }
  statement {
    sid       = "FindMachineImage"
    actions   = ["ssm:GetParameter"]
    resources = ["arn:${local.partition}:ssm:*:*:parameter/aws/service/ecs/optimized-ami/*"]
  }
}

# What runs: services, their roles and alarms.
data "aws_iam_policy_document" "run" {
  for_each = local.deployments
  statement {
    sid       = "Release"
    actions   = ["ecs:CreateService", "ecs:DeleteService", "ecs:UpdateService", "ecs:StopServiceDeployment", "ecs:TagResource", "ecs:UntagResource"]
    resources = ["${local.here.ecs}:service/${local.prefix[each.key]}/*", "${local.here.ecs}:service-deployment/${local.prefix[each.key]}/*"]
  }
  statement {
    sid       = "RunCluster"
    actions   = ["ecs:DeleteCapacityProvider", "ecs:DeleteCluster", "ecs:PutClusterCapacityProviders", "ecs:TagResource", "ecs:UpdateCapacityProvider", "ecs:UpdateCluster", "ecs:UpdateClusterSettings"]
    resources = ["${local.here.ecs}:cluster/${local.prefix[each.key]}", "${local.here.ecs}:capacity-provider/${local.prefix[each.key]}-*"]
  }
  statement {
    sid       = "DescribeTasksToRun"
    actions   = ["ecs:CreateCapacityProvider", "ecs:CreateCluster", "ecs:DeregisterTaskDefinition", "ecs:RegisterTaskDefinition"]
    resources = ["*"] # these calls know no resource
  }
  statement {
    sid       = "TagTasksToRun"
    actions   = ["ecs:TagResource"]
    resources = ["${local.here.ecs}:task-definition/${local.prefix[each.key]}-*:*"]
  }
  statement {
    sid       = "Scale"
    actions   = ["application-autoscaling:DeleteScalingPolicy", "application-autoscaling:DeregisterScalableTarget", "application-autoscaling:PutScalingPolicy", "application-autoscaling:RegisterScalableTarget", "application-autoscaling:TagResource"]
    resources = ["arn:${local.partition}:application-autoscaling:*:${local.account}:scalable-target/*"]
  }
  statement {
    sid       = "ScaleMachines"
    actions   = ["autoscaling:CreateAutoScalingGroup", "autoscaling:CreateOrUpdateTags", "autoscaling:DeleteAutoScalingGroup", "autoscaling:DeleteTags", "autoscaling:SetInstanceProtection", "autoscaling:StartInstanceRefresh", "autoscaling:CancelInstanceRefresh", "autoscaling:UpdateAutoScalingGroup"]
    resources = ["${local.here.autoscaling}:autoScalingGroup:*:autoScalingGroupName/${local.prefix[each.key]}-*"]
  }
  # A role that is made stays within the boundary, and is handed to these services alone.
  statement {
    sid       = "MakeRolesWithinBoundary"
    actions   = ["iam:CreateRole", "iam:PutRolePermissionsBoundary"]
    resources = ["${local.iam}:role/${local.prefix[each.key]}-*"]
    condition {
      test     = "ArnEquals"
      variable = "iam:PermissionsBoundary"
      values   = [aws_iam_policy.boundary[each.key].arn]
    }
  }
  statement {
    sid       = "ChangeRoles"
    actions   = ["iam:AttachRolePolicy", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:PutRolePolicy", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy"]
    resources = ["${local.iam}:role/${local.prefix[each.key]}-*"]
  }
  statement {
    sid       = "ChangeProfilesAndPolicies"
    actions   = ["iam:AddRoleToInstanceProfile", "iam:CreateInstanceProfile", "iam:DeleteInstanceProfile", "iam:RemoveRoleFromInstanceProfile", "iam:TagInstanceProfile", "iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:TagPolicy"]
    resources = ["${local.iam}:instance-profile/${local.prefix[each.key]}-*", "${local.iam}:policy/${local.prefix[each.key]}-*"]
  }
  statement {
    sid       = "HandOverRoles"
    actions   = ["iam:PassRole"]
    resources = ["${local.iam}:role/${local.prefix[each.key]}-*"]
    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["backup.amazonaws.com", "codebuild.amazonaws.com", "ec2.amazonaws.com", "ecs-tasks.amazonaws.com", "ecs.amazonaws.com", "scheduler.amazonaws.com", "vpc-flow-logs.amazonaws.com"]
    }
  }
  statement {
    sid       = "Alarm"
    actions   = ["cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:DeleteDashboards", "cloudwatch:PutDashboard"]
    resources = ["${local.here.cloudwatch}:alarm:${local.prefix[each.key]}-*", "arn:${local.partition}:cloudwatch::${local.account}:dashboard/${local.prefix[each.key]}"]
  }
  statement {
    sid       = "Tell"
    actions   = ["events:DeleteRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets", "events:TagResource", "sns:CreateTopic", "sns:DeleteTopic", "sns:SetTopicAttributes", "sns:Subscribe", "sns:TagResource"]
    resources = ["${local.here.events}:rule/${local.prefix[each.key]}-*", "${local.here.sns}:${local.prefix[each.key]}-*"]
  }
  statement {
    sid       = "Schedule"
    actions   = ["scheduler:CreateSchedule", "scheduler:CreateScheduleGroup", "scheduler:DeleteSchedule", "scheduler:DeleteScheduleGroup", "scheduler:TagResource", "scheduler:UpdateSchedule"]
    resources = ["${local.here.scheduler}:schedule/${local.prefix[each.key]}-*/*", "${local.here.scheduler}:schedule-group/${local.prefix[each.key]}-*"]
  }
  statement {
    sid       = "Unsubscribe"
    actions   = ["sns:Unsubscribe"]
    resources = ["*"] # this call knows no resource
  }
  statement {
    sid       = "Log"
    actions   = ["logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource"]
    resources = ["${local.here.logs}:log-group:/${local.prefix[each.key]}*", "${local.here.logs}:log-group:/aws/rds/instance/${local.prefix[each.key]}*"]
  }
}

# What it stands on: network, load balancer, buckets, secrets, data, the runner.
data "aws_iam_policy_document" "base" {
  for_each = local.deployments
  # Of the network most calls know no name; what may be changed or deleted bears our tag.
  statement {
    sid = "MakeNetwork"
    actions = [
      "ec2:AllocateAddress", "ec2:AssociateRouteTable", "ec2:AttachInternetGateway", "ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress",
      "ec2:CreateFlowLogs", "ec2:CreateInternetGateway", "ec2:CreateLaunchTemplate", "ec2:CreateLaunchTemplateVersion", "ec2:CreateNatGateway", "ec2:CreateRoute",
      "ec2:CreateRouteTable", "ec2:CreateSecurityGroup", "ec2:CreateSubnet", "ec2:CreateTags", "ec2:CreateVpc", "ec2:CreateVpcEndpoint", "ec2:DisassociateRouteTable",
      "ec2:ModifyLaunchTemplate", "ec2:ModifySubnetAttribute", "ec2:ModifyVpcAttribute", "ec2:ModifyVpcEndpoint", "ec2:RunInstances",
    ]
    resources = ["*"]
  }
  statement {
    sid = "UnmakeNetwork"
    actions = [
      "ec2:DeleteFlowLogs", "ec2:DeleteInternetGateway", "ec2:DeleteLaunchTemplate", "ec2:DeleteNatGateway", "ec2:DeleteRoute", "ec2:DeleteRouteTable",
      "ec2:DeleteSecurityGroup", "ec2:DeleteSubnet", "ec2:DeleteVpc", "ec2:DeleteVpcEndpoints", "ec2:DetachInternetGateway", "ec2:ReleaseAddress",
      "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress",
    ]
    resources = ["*"]
    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/Environment"
      values   = [each.key]
    }
  }
  statement {
    sid = "Balance"
    actions = [
      "elasticloadbalancing:AddTags", "elasticloadbalancing:CreateListener", "elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateRule",
      "elasticloadbalancing:CreateTargetGroup", "elasticloadbalancing:DeleteListener", "elasticloadbalancing:DeleteLoadBalancer", "elasticloadbalancing:DeleteRule",
      "elasticloadbalancing:DeleteTargetGroup", "elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyLoadBalancerAttributes", "elasticloadbalancing:ModifyRule",
      "elasticloadbalancing:ModifyTargetGroup", "elasticloadbalancing:ModifyTargetGroupAttributes", "elasticloadbalancing:SetSecurityGroups", "elasticloadbalancing:SetSubnets",
    ]
    resources = [for kind in ["loadbalancer/*/%s/*", "listener/*/%s/*/*", "listener-rule/*/%s/*/*/*", "targetgroup/%s-*/*"] : "${local.here.elasticloadbalancing}:${format(kind, local.prefix[each.key])}"]
  }
  statement {
    sid       = "KeepBuckets"
    actions   = ["s3:CreateBucket", "s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:PutBucketOwnershipControls", "s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock", "s3:PutBucketTagging", "s3:PutBucketVersioning", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration"]
    resources = ["arn:${local.partition}:s3:::${local.prefix[each.key]}-*"]
  }
  statement {
    sid       = "KeepSecretsWithoutTheirValues"
    actions   = ["secretsmanager:CreateSecret", "secretsmanager:DeleteSecret", "secretsmanager:TagResource", "secretsmanager:UpdateSecret"]
    resources = ["${local.here.secretsmanager}:secret:${local.prefix[each.key]}/*"]
  }
  statement {
    sid       = "KeepDatabase"
    actions   = ["rds:AddTagsToResource", "rds:CreateDBInstance", "rds:CreateDBParameterGroup", "rds:CreateDBSubnetGroup", "rds:DeleteDBInstance", "rds:DeleteDBParameterGroup", "rds:DeleteDBSubnetGroup", "rds:ModifyDBInstance", "rds:ModifyDBParameterGroup", "rds:ModifyDBSubnetGroup"]
    resources = [for kind in ["db", "pg", "subgrp"] : "${local.here.rds}:${kind}:${local.prefix[each.key]}*"]
  }
  statement {
    sid       = "KeepCache"
    actions   = ["elasticache:AddTagsToResource", "elasticache:CreateCacheParameterGroup", "elasticache:CreateCacheSubnetGroup", "elasticache:CreateReplicationGroup", "elasticache:CreateUser", "elasticache:CreateUserGroup", "elasticache:DeleteCacheParameterGroup", "elasticache:DeleteCacheSubnetGroup", "elasticache:DeleteReplicationGroup", "elasticache:DeleteUser", "elasticache:DeleteUserGroup", "elasticache:ModifyCacheParameterGroup", "elasticache:ModifyReplicationGroup", "elasticache:ModifyUserGroup"]
    resources = [for kind in ["parametergroup", "subnetgroup", "replicationgroup", "user", "usergroup"] : "${local.here.elasticache}:${kind}:${local.prefix[each.key]}*"]
  }
  statement {
    sid       = "KeepRunner"
    actions   = ["codebuild:CreateProject", "codebuild:CreateWebhook", "codebuild:DeleteProject", "codebuild:DeleteWebhook", "codebuild:UpdateProject", "codebuild:UpdateWebhook"]
    resources = ["${local.here.codebuild}:project/${local.prefix[each.key]}-runner"]
  }
  statement {
    sid = "Name"
    actions = [
      "route53:CreateHostedZone", "route53:DeleteHostedZone", "route53:ListHostedZonesByName", "servicediscovery:CreateHttpNamespace",
      "servicediscovery:CreatePrivateDnsNamespace", "servicediscovery:CreateService", "servicediscovery:GetOperation", "servicediscovery:TagResource",
    ]
    resources = ["*"]
  }
  statement {
    sid       = "Unname"
    actions   = ["servicediscovery:DeleteNamespace", "servicediscovery:DeleteService", "servicediscovery:UpdateService"]
    resources = ["*"]
    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/Environment"
      values   = [each.key]
    }
  }
}

# No role of an environment can ever do more than this, whatever policy somebody gives it: of IAM it hands a task one of the environment's own
# roles, which stay within this too; no other account, nothing for ever.
data "aws_iam_policy_document" "boundary" {
  for_each = local.deployments
  statement {
    sid = "WhatTasksAndMachinesDo"
    actions = [
      "codeconnections:GetConnection", "codeconnections:GetConnectionToken", "codeconnections:UseConnection", "ec2:CreateNetworkInterface", "ec2:CreateNetworkInterfacePermission",
      "ec2:DeleteNetworkInterface", "ec2:Describe*", "ec2messages:*", "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer",
      "ecs:DeregisterContainerInstance", "ecs:DiscoverPollEndpoint", "ecs:Poll", "ecs:RegisterContainerInstance", "ecs:StartTelemetrySession", "ecs:Submit*", "ecs:UpdateContainerInstancesState",
      "elasticache:Connect", "elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:Describe*", "elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyRule",
      "elasticloadbalancing:RegisterTargets", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:Describe*", "logs:PutLogEvents", "ssm:UpdateInstanceInformation", "ssmmessages:*",
    ]
    resources = ["*"]
  }
  statement {
    sid       = "WhatIsKeptForThem"
    actions   = ["s3:GetObject", "s3:ListBucket", "s3:PutObject"]
    resources = ["arn:${local.partition}:s3:::${local.prefix[each.key]}-*"]
  }
  statement {
    sid       = "StartTasksOfTheirEnvironment"
    actions   = ["ecs:RunTask"]
    resources = ["${local.here.ecs}:task-definition/${local.prefix[each.key]}-*:*"]
  }
  statement {
    sid       = "HandTasksTheirRoles"
    actions   = ["iam:PassRole"]
    resources = ["${local.iam}:role/${local.prefix[each.key]}-*"]
    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }
  # RDS names the secrets of its databases by itself, and tags them with the database.
  statement {
    sid       = "PasswordsOfTheirDatabases"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["${local.here.secretsmanager}:secret:rds!db-*"]
    condition {
      test     = "ArnLike"
      variable = "aws:ResourceTag/aws:rds:primaryDBInstanceArn"
      values   = ["${local.here.rds}:db:${local.prefix[each.key]}", "${local.here.rds}:db:${local.prefix[each.key]}-laboratory"]
    }
  }
  statement {
    sid       = "SecretsOfTheirEnvironment"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["${local.here.secretsmanager}:secret:${local.prefix[each.key]}/*"]
  }
  statement {
    sid       = "CopyTheirDatabase"
    actions   = ["backup:DescribeBackupVault", "rds:AddTagsToResource", "rds:CreateDBSnapshot", "rds:DeleteDBSnapshot", "rds:DescribeDBInstances", "rds:DescribeDBSnapshots", "rds:ListTagsForResource"]
    resources = ["${local.here.backup}:backup-vault:${local.prefix[each.key]}", "${local.here.rds}:db:${local.prefix[each.key]}", "${local.here.rds}:snapshot:awsbackup:*"]
  }
  statement {
    sid       = "EnterTheirDatabase"
    actions   = ["rds-db:connect"]
    resources = ["arn:${local.partition}:rds-db:*:${local.account}:dbuser:*/trunkline_${each.key}"]
  }
}

resource "aws_iam_policy" "boundary" {
  for_each    = local.deployments
  name        = "trunkline-boundary-${each.key}"
  description = "The most that a role of ${each.key} may ever do"
  policy      = data.aws_iam_policy_document.boundary[each.key].json
}
