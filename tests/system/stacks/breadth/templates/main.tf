variable "changed" {
  default = false
}

resource "aws_launch_template" "t" {
  name_prefix            = "breadth-"
  description            = var.changed ? "after" : "before"
  image_id               = "ami-0123456789abcdef0"
  instance_type          = var.changed ? "t3.large" : "t3.micro"
  key_name               = "k"
  ebs_optimized          = true
  user_data              = base64encode("#!/bin/sh")
  vpc_security_group_ids = ["sg-0123456789abcdef0"]
  update_default_version = true

  block_device_mappings {
    device_name = "/dev/xvda"
    ebs {
      volume_size           = 30
      volume_type           = "gp3"
      delete_on_termination = true
      encrypted             = false
    }
  }
  iam_instance_profile {
    name = "p"
  }
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 2
  }
  monitoring {
    enabled = var.changed
  }
  tag_specifications {
    resource_type = "instance"
    tags = {
      Name = "i"
    }
  }
  tags = {
    Name = var.changed ? "after" : "before"
  }
}

resource "aws_launch_template" "requirements" {
  name            = "breadth-requirements"
  default_version = 1
  instance_requirements {
    memory_mib {
      min = var.changed ? 2048 : 1024
    }
    vcpu_count {
      min = 1
      max = 4
    }
    instance_generations = ["current"]
  }
  instance_market_options {
    market_type = "spot"
    spot_options {
      max_price = "0.05"
    }
  }
  network_interfaces {
    associate_public_ip_address = true
    security_groups             = ["sg-0123456789abcdef0"]
    device_index                = 0
  }
}

data "aws_launch_template" "t" {
  name       = aws_launch_template.t.name
  depends_on = [aws_launch_template.t]
}

output "same" {
  value = {
    template = [data.aws_launch_template.t.id == aws_launch_template.t.id, data.aws_launch_template.t.instance_type == aws_launch_template.t.instance_type, data.aws_launch_template.t.block_device_mappings[0].ebs[0].volume_size == 30, data.aws_launch_template.t.tag_specifications[0].tags.Name == "i"]
    versions = [aws_launch_template.t.default_version == aws_launch_template.t.latest_version, aws_launch_template.requirements.default_version == 1]
  }
}
