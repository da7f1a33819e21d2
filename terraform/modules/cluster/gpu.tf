# GPU instances: an auto scaling group that ECS fills and drains, one task a machine.
locals {
  gpu_count = var.gpu == null ? 0 : 1
}

data "aws_ssm_parameter" "gpu_ami" {
  count = local.gpu_count
  name  = "/aws/service/ecs/optimized-ami/amazon-linux-2023/gpu/recommended/image_id"
}

resource "aws_security_group" "gpu" {
  count       = local.gpu_count
  name        = "${var.name}-gpu"
  description = "GPU instances: nothing comes in, HTTPS goes out"
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.name}-gpu" }
}

resource "aws_vpc_security_group_egress_rule" "gpu_https" {
  count             = local.gpu_count
  security_group_id = aws_security_group.gpu[0].id
  description       = "ECS, ECR and S3"
  cidr_ipv4         = "0.0.0.0/0"
  from_port         = 443
  to_port           = 443
  ip_protocol       = "tcp"
}

resource "aws_launch_template" "gpu" {
  count                  = local.gpu_count
  name                   = "${var.name}-gpu"
  image_id               = data.aws_ssm_parameter.gpu_ami[0].insecure_value
  instance_type          = var.gpu.instance_type
  update_default_version = true
  vpc_security_group_ids = [aws_security_group.gpu[0].id]
  iam_instance_profile {
    arn = aws_iam_instance_profile.host[0].arn
  }
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }
  monitoring {
    enabled = true
  }
  block_device_mappings {
    device_name = "/dev/xvda"
    ebs {
      volume_size           = 60 # the GPU AMI takes 30, an image with the CUDA libraries about 5 unpacked, two of them during a release
      volume_type           = "gp3"
      encrypted             = true
      delete_on_termination = true
    }
  }
  user_data = base64encode(<<-EOT
    #!/bin/bash
    cat >>/etc/ecs/ecs.config <<'CONFIG'
    ECS_CLUSTER=${aws_ecs_cluster.this.name}
    ECS_ENABLE_GPU_SUPPORT=true
    ECS_AWSVPC_BLOCK_IMDS=true
    ECS_CONTAINER_STOP_TIMEOUT=${var.gpu.stop_timeout_s}s
    CONFIG
  EOT
  )
  tag_specifications {
    resource_type = "instance"
    tags          = { Name = "${var.name}-gpu" }
  }
}

resource "aws_autoscaling_group" "gpu" {
  count                     = local.gpu_count
  name                      = "${var.name}-gpu"
  min_size                  = 0
  max_size                  = var.gpu.max_instances
  vpc_zone_identifier       = var.subnet_ids
  health_check_type         = "EC2"
  health_check_grace_period = 120
  protect_from_scale_in     = true
  force_delete              = true # protected instances would keep `terraform destroy` waiting for ever
  launch_template {
    id      = aws_launch_template.gpu[0].id
    version = aws_launch_template.gpu[0].latest_version
  }
  dynamic "tag" {
    for_each = { Name = "${var.name}-gpu", AmazonECSManaged = "true" }
    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = true
    }
  }
  lifecycle {
    ignore_changes = [desired_capacity] # ECS sets it
  }
}

resource "aws_ecs_capacity_provider" "gpu" {
  count = local.gpu_count
  name  = "${var.name}-gpu"
  auto_scaling_group_provider {
    auto_scaling_group_arn         = aws_autoscaling_group.gpu[0].arn
    managed_draining               = "ENABLED"
    managed_termination_protection = "ENABLED"
    managed_scaling {
      status                 = "ENABLED"
      target_capacity        = 100
      instance_warmup_period = 180
    }
  }
}
