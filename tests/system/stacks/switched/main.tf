# Modules as the registry has them: each holds far more than is switched on.
terraform {
  required_version = ">= 1.0"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

provider "aws" {
  region = "us-west-2"
  default_tags {
    tags = { Stack = "switched" }
  }
}

data "aws_availability_zones" "available" {
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

locals {
  cidr = "10.83.0.0/16"
  azs  = slice(data.aws_availability_zones.available.names, 0, 2)
}

module "network" {
  source          = "./network"
  name            = "switched"
  cidr            = local.cidr
  azs             = local.azs
  public_subnets  = [for k, v in local.azs : cidrsubnet(local.cidr, 8, k)]
  private_subnets = [for k, v in local.azs : cidrsubnet(local.cidr, 8, k + 10)]
}

module "balancer" {
  source  = "./balancer"
  name    = "switched"
  vpc_id  = module.network.vpc_id
  subnets = module.network.public_subnets
  security_group_ingress_rules = {
    all_http = { from_port = 80, to_port = 80, ip_protocol = "tcp", cidr_ipv4 = "0.0.0.0/0" }
  }
  security_group_egress_rules = { for block in module.network.private_subnets_cidr_blocks : (block) => { ip_protocol = "-1", cidr_ipv4 = block } }
  listeners = {
    http = {
      port     = "80"
      protocol = "HTTP"
      forward  = { target_group_key = "task" }
      rules = {
        fixed = {
          priority = 10
          actions  = [{ type = "fixed-response", content_type = "text/plain", status_code = 200, message_body = "fine" }]
          conditions = [{ path_pattern = { values = ["/fixed", "/fixed/*"] } }, { http_header = { http_header_name = "x-a", values = ["b"] } }]
        }
      }
    }
  }
  target_groups = {
    task = {
      backend_protocol = "HTTP"
      backend_port     = 8080
      target_type      = "ip"
      health_check     = { enabled = true, matcher = "200-299", port = "traffic-port", interval = 10, timeout = 5 }
    }
  }
}

module "service" {
  source  = "./service"
  name    = "switched"
  subnets = module.network.private_subnets
  containers = {
    web = {
      image         = "example.com/web:1"
      port_mappings = [{ containerPort = 8080, protocol = "tcp" }]
      environment   = [{ name = "PORT", value = "8080" }]
    }
    (join("-", ["side", "car"])) = {
      image     = "example.com/side:1"
      essential = false
      create    = false
    }
  }
  load_balancer = {
    service = {
      target_group_arn = module.balancer.target_groups["task"].arn
      container_name   = "web"
      container_port   = 8080
    }
  }
  security_group_rules = {
    in = { type = "ingress", from_port = 8080, to_port = 8080, protocol = "tcp", source_security_group_id = module.balancer.security_group_id }
    out = { type = "egress", from_port = 0, to_port = 0, protocol = "-1", cidr_blocks = ["0.0.0.0/0"] }
  }
  autoscaling_policies = {
    cpu = { target_tracking_scaling_policy_configuration = { predefined_metric_specification = { predefined_metric_type = "ECSServiceAverageCPUUtilization" } } }
  }
}

output "dns_name" {
  value = module.balancer.dns_name
}
output "task_definition" {
  value = module.service.task_definition
}
output "endpoint" {
  value = module.network.endpoint_ids
}
