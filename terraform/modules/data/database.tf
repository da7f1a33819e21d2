# PostgreSQL: encrypted, TLS only, password kept and rotated by RDS in Secrets Manager.
locals {
  database_count = var.database == null ? 0 : 1
}

resource "aws_db_subnet_group" "this" {
  count      = local.database_count
  name       = var.name
  subnet_ids = var.subnet_ids
}

resource "aws_security_group" "database" {
  count       = local.database_count
  name        = "${var.name}-database"
  description = "PostgreSQL from the services that use it"
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.name}-database" }
}

resource "aws_vpc_security_group_ingress_rule" "database" {
  for_each                     = var.database == null ? {} : var.database_callers
  security_group_id            = aws_security_group.database[0].id
  description                  = "From ${each.key}"
  referenced_security_group_id = each.value
  from_port                    = 5432
  to_port                      = 5432
  ip_protocol                  = "tcp"
}

resource "aws_vpc_security_group_egress_rule" "to_database" {
  for_each                     = var.database == null ? {} : var.database_callers
  security_group_id            = each.value
  description                  = "To the database"
  referenced_security_group_id = aws_security_group.database[0].id
  from_port                    = 5432
  to_port                      = 5432
  ip_protocol                  = "tcp"
}

resource "aws_db_parameter_group" "this" {
  count  = local.database_count
  name   = "${var.name}-postgres17"
  family = "postgres17"
  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }
  parameter {
    name  = "log_min_duration_statement"
    value = "1000" # slow statements; parameters are not logged, so no contents
  }
  parameter {
    name  = "log_parameter_max_length"
    value = "0"
  }
  parameter {
    name  = "log_parameter_max_length_on_error"
    value = "0"
  }
}

resource "aws_cloudwatch_log_group" "database" {
  count             = local.database_count
  name              = "/aws/rds/instance/${var.name}/postgresql"
  retention_in_days = var.log_retention_days
}

resource "aws_db_instance" "this" {
  count                               = local.database_count
  identifier                          = var.name
  engine                              = "postgres"
  engine_version                      = "17"
  instance_class                      = var.database.instance_class
  allocated_storage                   = var.database.storage_gib
  max_allocated_storage               = var.database.max_storage_gib
  storage_type                        = "gp3"
  storage_encrypted                   = true
  db_name                             = "trunkline"
  username                            = "trunkline"
  manage_master_user_password         = true
  iam_database_authentication_enabled = true
  ca_cert_identifier                  = "rds-ca-rsa2048-g1" # whose certificates are in the gateway's image
  multi_az                            = var.database.multi_az
  db_subnet_group_name                = aws_db_subnet_group.this[0].name
  vpc_security_group_ids              = [aws_security_group.database[0].id]
  parameter_group_name                = aws_db_parameter_group.this[0].name
  publicly_accessible                 = false
  backup_retention_period             = var.database.backup_retention_days
  copy_tags_to_snapshot               = true
  auto_minor_version_upgrade          = true
  enabled_cloudwatch_logs_exports     = ["postgresql"]
  performance_insights_enabled        = true
  deletion_protection                 = var.deletion_protection
  skip_final_snapshot                 = !var.deletion_protection
  final_snapshot_identifier           = "${var.name}-last"
  depends_on                          = [aws_cloudwatch_log_group.database]
}
