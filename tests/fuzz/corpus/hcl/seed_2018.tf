resource "aws_ecs_service" "matabit-prod-service" {
  name            = "matabit-prod-service"
  cluster         = "${aws_ecs_cluster.matabit-cluster.id}"
  desired_count   = 2
  launch_type = "FARGATE"
  network_configuration {
    security_groups = ["${aws_security_group.security-lb.id}"]
    subnets = [
      "${data.terraform_remote_state.vpc.aws_subnet_private_a_id}",
    ]
  }
  depends_on = ["aws_route_table.public-rt"]
  tags { Name = "x", Other = "y" }
}
resource "aws_lb_listener_rule" "r" {
  priority = 10
  action = { type = "forward" }
  condition = {
    field = "host-header"
    values = ["*staging.matabit.org"]
  }
}
