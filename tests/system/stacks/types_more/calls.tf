# A group of gRPC: its matcher is of grpc-status, its protocol version stays.
resource "aws_lb_target_group" "calls" {
  name             = "calls"
  port             = 50051
  protocol         = "HTTP"
  protocol_version = "GRPC"
  target_type      = "ip"
  vpc_id           = aws_vpc.v.id
  health_check {
    path    = var.changed ? "/test.Echo/Say" : "/test.Echo/Up"
    matcher = var.changed ? "0-5,12" : "0"
  }
}
