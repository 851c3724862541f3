resource "aws_ecs_cluster" "matabit-cluster" {
  name = "matabit-cluster"
}

resource "aws_cloudwatch_log_group" "matabit" {
  name              = "/ecs/matabit"
  retention_in_days = 14
}

resource "aws_iam_role" "ecs-execution" {
  name = "matabit-ecs-execution"

  assume_role_policy = <<EOF
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Action": "sts:AssumeRole",
      "Effect": "Allow",
      "Principal": { "Service": "ecs-tasks.amazonaws.com" }
    }
  ]
}
EOF
}

resource "aws_iam_role_policy_attachment" "ecs-execution" {
  role       = "${aws_iam_role.ecs-execution.name}"
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_ecs_task_definition" "matabit-prod" {
  family                   = "matabit-prod"
  container_definitions    = "${file("task-definitions/prod.json")}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = "256"
  memory                   = "512"
  execution_role_arn       = "${aws_iam_role.ecs-execution.arn}"
}

resource "aws_ecs_task_definition" "matabit-staging" {
  family                   = "matabit-staging"
  container_definitions    = "${file("task-definitions/staging.json")}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = "256"
  memory                   = "512"
  execution_role_arn       = "${aws_iam_role.ecs-execution.arn}"
}

resource "aws_security_group" "security-lb" {
  name        = "matabit-security-lb"
  description = "HTTP and HTTPS from anywhere"
  vpc_id      = "${data.terraform_remote_state.vpc.vpc_id}"

  ingress {
    protocol    = "tcp"
    from_port   = 80
    to_port     = 80
    cidr_blocks = ["0.0.0.0/0"]
  }

  ingress {
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = ["0.0.0.0/0"]
  }

  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }

  tags {
    Name = "matabit-security-lb"
  }
}
