# GPU machines: there when needed, closed, drained by ECS.

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
  name       = "trunkline-test"
  vpc_id     = "vpc-1"
  subnet_ids = ["subnet-1"]
}

run "gpu_machines_for_two_revisions_side_by_side" {
  module {
    source = "./modules/cluster"
  }
  variables {
    gpu = { instance_types = ["g6.xlarge", "g5.xlarge"], max_instances = 8, stop_timeout_s = 45 }
  }
  assert {
    condition     = aws_autoscaling_group.gpu[0].max_size == 8 && aws_autoscaling_group.gpu[0].min_size == 0
    error_message = "The group must hold two revisions, and nothing when nothing runs."
  }
  assert {
    condition     = aws_autoscaling_group.gpu[0].protect_from_scale_in && aws_autoscaling_group.gpu[0].force_delete && aws_ecs_capacity_provider.gpu[0].auto_scaling_group_provider[0].managed_termination_protection == "ENABLED"
    error_message = "ECS decides which machine goes, and destroy must not hang on protected ones."
  }
  assert {
    condition     = aws_launch_template.gpu[0].metadata_options[0].http_tokens == "required" && aws_launch_template.gpu[0].metadata_options[0].http_put_response_hop_limit == 1
    error_message = "Tasks must not reach the machine's credentials."
  }
  assert {
    condition     = strcontains(base64decode(aws_launch_template.gpu[0].user_data), "ECS_CONTAINER_STOP_TIMEOUT=45s")
    error_message = "On EC2 the agent's stop time-out counts too."
  }
}

run "there_is_a_second_kind_of_machine_and_new_images_reach_them" {
  module {
    source = "./modules/cluster"
  }
  variables {
    gpu = { instance_types = ["g6.xlarge", "g5.xlarge"], max_instances = 8, stop_timeout_s = 45 }
  }
  assert {
    condition     = [for type in aws_autoscaling_group.gpu[0].mixed_instances_policy[0].launch_template[0].override : type.instance_type] == ["g6.xlarge", "g5.xlarge"]
    error_message = "Where the first kind is out of capacity, the second is taken."
  }
  assert {
    condition     = aws_autoscaling_group.gpu[0].mixed_instances_policy[0].instances_distribution[0].on_demand_allocation_strategy == "prioritized"
    error_message = "The first kind is taken while there is any."
  }
  assert {
    condition     = aws_autoscaling_group.gpu[0].instance_refresh[0].preferences[0].scale_in_protected_instances == "Refresh" && tonumber(aws_autoscaling_group.gpu[0].instance_refresh[0].preferences[0].min_healthy_percentage) == 100
    error_message = "A new AMI replaces machines that run, protected as they are, a new one first."
  }
}

run "no_gpu_machines_without_a_gpu" {
  module {
    source = "./modules/cluster"
  }
  variables {
    gpu = null
  }
  assert {
    condition     = length(aws_autoscaling_group.gpu) == 0 && length(aws_launch_template.gpu) == 0 && length(aws_iam_role.host) == 0
    error_message = "Nothing of a GPU may be made."
  }
}
