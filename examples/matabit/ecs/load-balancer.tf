resource "aws_lb" "alb" {
  name               = "matabit-alb"
  internal           = false
  load_balancer_type = "application"
  security_groups    = ["${aws_security_group.security-lb.id}"]

  subnets = [
    "${data.terraform_remote_state.vpc.aws_subnet_public_a_id}",
    "${data.terraform_remote_state.vpc.aws_subnet_public_b_id}",
    "${data.terraform_remote_state.vpc.aws_subnet_public_c_id}",
  ]

  tags {
    Name = "matabit-alb"
  }
}

#create target group
resource "aws_alb_target_group" "alb_target_group_prod" {
  name        = "target-group-ecs-prod"
  port        = "80"
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = "${data.terraform_remote_state.vpc.vpc_id}"
  health_check {
        healthy_threshold   = "5"
        unhealthy_threshold = "2"
        interval            = "30"
        matcher             = "200"
        path                = "/"
        port                = "traffic-port"
        protocol            = "HTTP"
        timeout             = "5"
    }
  tags {
    name = "target-group-ecs-prod"
  }
}

#create target group
resource "aws_alb_target_group" "alb_target_group_staging" {
  name        = "target-group-ecs-staging"
  port        = "80"
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = "${data.terraform_remote_state.vpc.vpc_id}"
  health_check {
        healthy_threshold   = "5"
        unhealthy_threshold = "2"
        interval            = "30"
        matcher             = "200"
        path                = "/"
        port                = "traffic-port"
        protocol            = "HTTP"
        timeout             = "5"
    }
  tags {
    name = "target-group-ecs-staging"
  }
}

#send plain HTTP to HTTPS
resource "aws_alb_listener" "frontend_http" {
  load_balancer_arn = "${aws_lb.alb.arn}"
  port              = "80"
  protocol          = "HTTP"

  default_action {
    type = "redirect"

    redirect {
      port        = "443"
      protocol    = "HTTPS"
      status_code = "HTTP_301"
    }
  }
}

#listen on port 443 and forward traffic
resource "aws_alb_listener" "frontend_https" {
  load_balancer_arn = "${aws_lb.alb.arn}"
  port              = "443"
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-2015-05"
  certificate_arn   = "${data.aws_acm_certificate.matabit.arn}"

  default_action {
    type             = "forward"
    target_group_arn = "${aws_alb_target_group.alb_target_group_prod.id}"
  } 
}

resource "aws_lb_listener_rule" "matabit-staging" {
  listener_arn = "${aws_alb_listener.frontend_https.arn}"
  priority = 10

  action = {
    type = "forward"
    target_group_arn = "${aws_alb_target_group.alb_target_group_staging.id}"
  }
  condition = {
    field = "host-header"
    values = ["*staging.matabit.org"]
  }
}
