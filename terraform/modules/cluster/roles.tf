# What a GPU instance may do: register with ECS. Pulling images and writing logs is the tasks' execution role's.
data "aws_partition" "current" {}

data "aws_iam_policy_document" "host_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "host" {
  count                = local.gpu_count
  name                 = "${var.name}-gpu-host"
  assume_role_policy   = data.aws_iam_policy_document.host_trust.json
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy_attachment" "host" {
  count      = local.gpu_count
  role       = aws_iam_role.host[0].name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"
}

# A shell on the machine without a key and without an open port (SSM Session Manager).
resource "aws_iam_role_policy_attachment" "host_shell" {
  count      = local.gpu_count
  role       = aws_iam_role.host[0].name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/AmazonSSMManagedInstanceCore"
}

resource "aws_iam_instance_profile" "host" {
  count      = local.gpu_count
  name       = "${var.name}-gpu-host"
  role       = aws_iam_role.host[0].name
  depends_on = [aws_iam_role_policy_attachment.host]
}
