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
  instance_type          = var.gpu.instance_types[0]
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
  # The first type that there is capacity for, in the order given.
  mixed_instances_policy {
    instances_distribution {
      on_demand_allocation_strategy            = "prioritized"
      on_demand_percentage_above_base_capacity = 100
    }
    launch_template {
      launch_template_specification {
        launch_template_id = aws_launch_template.gpu[0].id
        version            = aws_launch_template.gpu[0].latest_version
      }
      dynamic "override" {
        for_each = var.gpu.instance_types
        content {
          instance_type = override.value
        }
      }
    }
  }
  # A new AMI (each apply takes the recommended one) reaches machines that run: a new one first, the old one drained by ECS.
  instance_refresh {
    strategy = "Rolling"
    preferences {
      min_healthy_percentage       = var.gpu.in_place ? 0 : 100
      max_healthy_percentage       = var.gpu.in_place ? 100 : 200
      instance_warmup              = "180"
      scale_in_protected_instances = "Refresh"
    }
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
