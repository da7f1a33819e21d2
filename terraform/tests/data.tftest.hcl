# Database and cache: encrypted, closed, without a password in sight; absent unless asked for.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-central-1a", "eu-central-1b", "eu-central-1c"] }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
  mock_data "aws_ssm_parameter" {
    defaults = { insecure_value = "ami-0123456789abcdef0" }
  }
}


variables {
  name                = "trunkline-test"
  vpc_id              = "vpc-1"
  subnet_ids          = ["subnet-1", "subnet-2"]
  deletion_protection = true
  log_retention_days  = 30
  database            = { instance_class = "db.t4g.small", storage_gib = 20, max_storage_gib = 100, multi_az = true, backup_retention_days = 14 }
  shared_cache        = { node_type = "cache.t4g.small", replicas = 1 }
  database_callers    = { gateway = "sg-1" }
  cache_callers       = { embedder = "sg-2" }
}

run "the_database_keeps_its_password_itself" {
  module {
    source = "./modules/data"
  }
  assert {
    condition     = aws_db_instance.this[0].manage_master_user_password && aws_db_instance.this[0].password == null
    error_message = "RDS keeps the password in Secrets Manager; Terraform never sees it."
  }
  assert {
    condition     = aws_db_instance.this[0].storage_encrypted && !aws_db_instance.this[0].publicly_accessible && aws_db_instance.this[0].deletion_protection && !aws_db_instance.this[0].skip_final_snapshot
    error_message = "Encrypted, private, hard to lose."
  }
  assert {
    condition     = contains([for parameter in aws_db_parameter_group.this[0].parameter : "${parameter.name}=${parameter.value}"], "rds.force_ssl=1")
    error_message = "TLS only."
  }
  assert {
    condition     = aws_cloudwatch_log_group.database[0].retention_in_days == 30
    error_message = "Its log ends."
  }
}

run "the_cache_is_entered_by_role_over_tls" {
  module {
    source = "./modules/data"
  }
  assert {
    condition     = aws_elasticache_replication_group.this[0].transit_encryption_enabled && aws_elasticache_replication_group.this[0].transit_encryption_mode == "required" && aws_elasticache_replication_group.this[0].auth_token == null
    error_message = "TLS, and no password."
  }
  assert {
    condition     = aws_elasticache_user.embedder[0].authentication_mode[0].type == "iam" && aws_elasticache_user.embedder[0].user_id == aws_elasticache_user.embedder[0].user_name
    error_message = "IAM decides who enters."
  }
}

run "both_are_called_by_their_service_only" {
  module {
    source = "./modules/data"
  }
  assert {
    condition     = alltrue([for rule in concat(values(aws_vpc_security_group_ingress_rule.database), values(aws_vpc_security_group_ingress_rule.cache)) : rule.cidr_ipv4 == null && rule.referenced_security_group_id != null])
    error_message = "Callers are security groups."
  }
}

run "no_task_starts_before_its_way_to_the_data" {
  module {
    source = "./modules/data"
  }
  assert {
    condition     = length(output.rule_ids) == 4
    error_message = "A way in and a way out, of database and cache."
  }
  assert {
    condition     = aws_db_instance.this[0].ca_cert_identifier == "rds-ca-rsa2048-g1" && aws_db_instance.this[0].iam_database_authentication_enabled
    error_message = "The gateway trusts these certificates, and enters with its role."
  }
}

run "nothing_unless_asked_for" {
  module {
    source = "./modules/data"
  }
  variables {
    database     = null
    shared_cache = null
  }
  assert {
    condition     = length(aws_db_instance.this) + length(aws_elasticache_replication_group.this) + length(aws_vpc_security_group_egress_rule.to_database) + length(aws_vpc_security_group_egress_rule.to_cache) == 0
    error_message = "Off means nothing is made."
  }
}
