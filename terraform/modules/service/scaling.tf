# How many tasks: as many as keep the target. Without data nothing is taken away.
resource "aws_appautoscaling_target" "this" {
  service_namespace  = "ecs"
  resource_id        = "service/${var.cluster.name}/${aws_ecs_service.this.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = var.size.min_count
  max_capacity       = var.size.max_count
}

resource "aws_appautoscaling_policy" "cpu" {
  count              = var.cpu_target_percent == null ? 0 : 1
  name               = "${local.full_name}-cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  resource_id        = aws_appautoscaling_target.this.resource_id
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension
  target_tracking_scaling_policy_configuration {
    target_value       = var.cpu_target_percent
    scale_out_cooldown = 60
    scale_in_cooldown  = 300
    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}

# The mean over tasks, not the sum: a second task must halve the figure, or scaling would never stop.
resource "aws_appautoscaling_policy" "metric" {
  count              = var.metric_target == null ? 0 : 1
  name               = "${local.full_name}-${var.metric_target.name}"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  resource_id        = aws_appautoscaling_target.this.resource_id
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension
  target_tracking_scaling_policy_configuration {
    target_value       = var.metric_target.value
    scale_out_cooldown = 60
    scale_in_cooldown  = 600
    customized_metric_specification {
      namespace   = var.metric_target.namespace
      metric_name = var.metric_target.name
      statistic   = "Average"
      dimensions {
        name  = "Service"
        value = var.name
      }
    }
  }
}
