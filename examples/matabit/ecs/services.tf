resource "aws_ecs_service" "matabit-prod-service" {
  name            = "matabit-prod-service"
  cluster         = "${aws_ecs_cluster.matabit-cluster.id}"
  task_definition = "${aws_ecs_task_definition.matabit-prod.arn}"
  desired_count   = 2
  launch_type = "FARGATE"
  

  network_configuration {
    security_groups = ["${aws_security_group.security-lb.id}"]
    assign_public_ip = true
    subnets = [
      "${data.terraform_remote_state.vpc.aws_subnet_private_a_id}",
      "${data.terraform_remote_state.vpc.aws_subnet_private_b_id}",
      "${data.terraform_remote_state.vpc.aws_subnet_private_c_id}",
    ]
  }

  load_balancer {
    target_group_arn = "${aws_alb_target_group.alb_target_group_prod.id}"
    container_name   = "matabit-prod-container"
    container_port   = 80
  }
}

resource "aws_ecs_service" "matabit-staging-service" {
  name            = "matabit-staging-service"
  cluster         = "${aws_ecs_cluster.matabit-cluster.id}"
  task_definition = "${aws_ecs_task_definition.matabit-staging.arn}"
  desired_count   = 2
  launch_type = "FARGATE"
  

  network_configuration {
    security_groups = ["${aws_security_group.security-lb.id}"]
    assign_public_ip = true
    subnets = [
      "${data.terraform_remote_state.vpc.aws_subnet_private_a_id}",
      "${data.terraform_remote_state.vpc.aws_subnet_private_b_id}",
      "${data.terraform_remote_state.vpc.aws_subnet_private_c_id}",
    ]
  }

  load_balancer {
    target_group_arn = "${aws_alb_target_group.alb_target_group_staging.id}"
    container_name   = "matabit-staging-container"
    container_port   = 80
  }
}
