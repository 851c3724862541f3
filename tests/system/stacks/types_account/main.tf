# Types of an account: each argument that can change in place does so with -var changed=true.
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}
provider "aws" {
  region = "us-west-2"
}
variable "changed" {
  default = false
}
locals {
  tags = { Name = "account", Changed = var.changed }
}

# ── EC2 ──
resource "aws_vpc" "v" {
  cidr_block = "10.87.0.0/16"
}
resource "aws_subnet" "s" {
  vpc_id               = aws_vpc.v.id
  cidr_block           = "10.87.1.0/24"
  availability_zone_id = data.aws_availability_zone.a.zone_id
}
resource "aws_security_group" "g" {
  count  = 2
  name   = "g${count.index}"
  vpc_id = aws_vpc.v.id
}
resource "aws_internet_gateway" "g" {
  lifecycle {
    ignore_changes = [vpc_id, tags]
  }
}
resource "aws_internet_gateway_attachment" "a" {
  internet_gateway_id = aws_internet_gateway.g.id
  vpc_id              = aws_vpc.v.id
}
resource "aws_key_pair" "k" {
  key_name   = "k"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtG0b7qRr3o2lO6wHcQvQmW1bC0B3b2p8lY7fJ0iNmP someone@example.com"
  tags       = local.tags
}
resource "aws_network_interface" "i" {
  subnet_id         = aws_subnet.s.id
  description       = var.changed ? "after" : "before"
  private_ips       = var.changed ? ["10.87.1.10", "10.87.1.12"] : ["10.87.1.10"]
  security_groups   = [aws_security_group.g[0].id]
  source_dest_check = !var.changed
  tags              = local.tags
  lifecycle {
    ignore_changes = [security_groups]
  }
}
resource "aws_network_interface_sg_attachment" "a" {
  network_interface_id = aws_network_interface.i.id
  security_group_id    = aws_security_group.g[1].id
}
resource "aws_eip" "e" {
  domain               = "vpc"
  network_border_group = "us-west-2"
  depends_on           = [aws_internet_gateway_attachment.a]
}
resource "aws_eip_association" "e" {
  allocation_id        = aws_eip.e.id
  network_interface_id = aws_network_interface.i.id
  private_ip_address   = "10.87.1.10"
}
resource "aws_vpc_dhcp_options" "o" {
  domain_name         = "us-west-2.compute.internal"
  domain_name_servers = ["AmazonProvidedDNS"]
  ntp_servers         = ["169.254.169.123"]
  tags                = local.tags
}
resource "aws_vpc_dhcp_options_association" "o" {
  vpc_id          = aws_vpc.v.id
  dhcp_options_id = aws_vpc_dhcp_options.o.id
}
resource "aws_ec2_managed_prefix_list" "l" {
  name           = var.changed ? "after" : "before"
  address_family = "IPv4"
  max_entries    = var.changed ? 6 : 5
  dynamic "entry" {
    for_each = var.changed ? { "10.0.0.0/8" = "ten", "172.16.0.0/12" = "more" } : { "10.0.0.0/8" = "first", "192.168.0.0/16" = "last" }
    content {
      cidr        = entry.key
      description = entry.value
    }
  }
  tags = local.tags
}
resource "aws_ec2_managed_prefix_list" "apart" {
  name           = "apart"
  address_family = "IPv4"
  max_entries    = 3
  lifecycle {
    ignore_changes = [entry]
  }
}
resource "aws_ec2_managed_prefix_list_entry" "e" {
  prefix_list_id = aws_ec2_managed_prefix_list.apart.id
  cidr           = "10.9.0.0/16"
  description    = "own"
}
resource "aws_ec2_tag" "t" {
  resource_id = aws_internet_gateway.g.id
  key         = "Own"
  value       = var.changed ? "after" : "before"
}

# ── ECS ──
resource "aws_ecs_capacity_provider" "p" {
  name = "own"
  auto_scaling_group_provider {
    auto_scaling_group_arn         = "arn:aws:autoscaling:us-west-2:000000000000:autoScalingGroup:11111111-2222-3333-4444-555555555555:autoScalingGroupName/own"
    managed_termination_protection = "DISABLED"
    managed_scaling {
      status                    = "ENABLED"
      target_capacity           = var.changed ? 80 : 90
      minimum_scaling_step_size = 1
      maximum_scaling_step_size = 10
    }
  }
  tags = local.tags
}
resource "aws_ecs_account_setting_default" "s" {
  name  = "awsvpcTrunking"
  value = var.changed ? "disabled" : "enabled"
}
resource "aws_ecs_cluster" "c" {
  name = "c"
  lifecycle {
    ignore_changes = [tags]
  }
}
resource "aws_ecs_tag" "t" {
  resource_arn = aws_ecs_cluster.c.arn
  key          = "Own"
  value        = var.changed ? "after" : "before"
}

# ── logs ──
resource "aws_cloudwatch_log_group" "g" {
  name = "/account"
}
resource "aws_cloudwatch_log_metric_filter" "f" {
  name           = "errors"
  log_group_name = aws_cloudwatch_log_group.g.name
  pattern        = var.changed ? "FATAL" : "ERROR"
  metric_transformation {
    name          = "Errors"
    namespace     = "Own"
    value         = "1"
    default_value = var.changed ? "2" : "0"
  }
}
resource "aws_cloudwatch_log_resource_policy" "p" {
  policy_name     = "own"
  policy_document = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "es.amazonaws.com" }, Action = [var.changed ? "logs:PutLogEvents" : "logs:CreateLogStream"], Resource = "arn:aws:logs:*" }] })
}
resource "aws_cloudwatch_query_definition" "q" {
  name            = var.changed ? "after" : "before"
  query_string    = "fields @timestamp | limit 20"
  log_group_names = [aws_cloudwatch_log_group.g.name]
}

# ── IAM ──
resource "aws_iam_openid_connect_provider" "o" {
  url             = "https://token.example.com"
  client_id_list  = var.changed ? ["b", "c"] : ["a", "b"]
  thumbprint_list = [var.changed ? "1111111111111111111111111111111111111111" : "0000000000000000000000000000000000000000"]
  tags            = local.tags
}
resource "aws_iam_account_alias" "a" {
  account_alias = "landfall-account"
}
resource "aws_iam_account_password_policy" "p" {
  minimum_password_length      = var.changed ? 14 : 12
  require_lowercase_characters = true
  require_numbers              = var.changed
  password_reuse_prevention    = 3
}
resource "aws_iam_user" "u" {
  name          = "account"
  force_destroy = true
}
resource "aws_iam_user_login_profile" "p" {
  user                    = aws_iam_user.u.name
  password_length         = 24
  password_reset_required = true
  depends_on              = [aws_iam_account_password_policy.p]
  lifecycle {
    ignore_changes = [password_length, password_reset_required]
  }
}
resource "aws_iam_server_certificate" "c" {
  name             = var.changed ? "after" : "before"
  certificate_body = tls_self_signed_cert.c.cert_pem
  private_key      = tls_private_key.c.private_key_pem
  tags             = local.tags
}
resource "tls_private_key" "c" {
  algorithm = "RSA"
}
resource "tls_self_signed_cert" "c" {
  private_key_pem       = tls_private_key.c.private_key_pem
  validity_period_hours = 100
  allowed_uses          = ["server_auth"]
  subject {
    common_name = "account.example.com"
  }
}

# ── S3, DynamoDB, secrets, zones, Cloud Map ──
resource "aws_s3_bucket" "b" {
  bucket_prefix = "account-"
  force_destroy = true
}
resource "aws_s3_bucket_lifecycle_configuration" "l" {
  bucket = aws_s3_bucket.b.id
  rule {
    id     = "logs"
    status = var.changed ? "Disabled" : "Enabled"
    filter {
      prefix = "logs/"
    }
    expiration {
      days = var.changed ? 2 : 1
    }
  }
  rule {
    id     = "rest"
    status = "Enabled"
    filter {
      and {
        prefix = "x/"
        tags   = { a = "b" }
      }
    }
    noncurrent_version_expiration {
      noncurrent_days = 3
    }
  }
  rule {
    id     = "uploads"
    status = "Enabled"
    filter {}
    abort_incomplete_multipart_upload {
      days_after_initiation = 4
    }
  }
}
resource "aws_s3_bucket" "old" {
  bucket_prefix = "account-old-"
  lifecycle_rule {
    id      = "old"
    enabled = true
    prefix  = "p/"
    expiration {
      days = var.changed ? 6 : 5
    }
    noncurrent_version_expiration {
      days = 7
    }
  }
}
resource "aws_dynamodb_table" "t" {
  name                        = "account"
  hash_key                    = "id"
  range_key                   = "at"
  billing_mode                = var.changed ? "PAY_PER_REQUEST" : "PROVISIONED"
  read_capacity               = var.changed ? null : 1
  write_capacity              = var.changed ? null : 1
  deletion_protection_enabled = false
  attribute {
    name = "id"
    type = "S"
  }
  attribute {
    name = "at"
    type = "N"
  }
  attribute {
    name = "kind"
    type = "S"
  }
  ttl {
    attribute_name = "until"
    enabled        = !var.changed
  }
  local_secondary_index {
    name            = "by-kind"
    range_key       = "kind"
    projection_type = "KEYS_ONLY"
  }
  global_secondary_index {
    name               = "kinds"
    hash_key           = "kind"
    projection_type    = "INCLUDE"
    non_key_attributes = ["title"]
    read_capacity      = var.changed ? null : 1
    write_capacity     = var.changed ? null : 1
  }
  tags = local.tags
}
resource "aws_dynamodb_table_item" "i" {
  table_name = aws_dynamodb_table.t.name
  hash_key   = aws_dynamodb_table.t.hash_key
  range_key  = aws_dynamodb_table.t.range_key
  item       = jsonencode({ id = { S = "x" }, at = { N = "1" }, title = { S = var.changed ? "after" : "before" } })
}
resource "aws_secretsmanager_secret" "s" {
  name                    = "account"
  recovery_window_in_days = 0
  lifecycle {
    ignore_changes = [policy]
  }
}
resource "aws_secretsmanager_secret_policy" "p" {
  secret_arn = aws_secretsmanager_secret.s.arn
  policy     = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = var.changed ? "Deny" : "Allow", Principal = { AWS = "*" }, Action = "secretsmanager:GetSecretValue", Resource = "*" }] })
}
resource "aws_vpc" "second" {
  cidr_block = "10.88.0.0/16"
}
resource "aws_route53_zone" "z" {
  name = "account.internal"
  vpc {
    vpc_id = aws_vpc.v.id
  }
  lifecycle {
    ignore_changes = [vpc]
  }
}
resource "aws_route53_zone_association" "a" {
  zone_id = aws_route53_zone.z.zone_id
  vpc_id  = aws_vpc.second.id
}
resource "aws_service_discovery_private_dns_namespace" "n" {
  name = "account.local"
  vpc  = aws_vpc.v.id
}
resource "aws_service_discovery_service" "s" {
  name = "s"
  dns_config {
    namespace_id = aws_service_discovery_private_dns_namespace.n.id
    dns_records {
      ttl  = 10
      type = "A"
    }
  }
}
resource "aws_service_discovery_instance" "i" {
  instance_id = "one"
  service_id  = aws_service_discovery_service.s.id
  attributes  = { AWS_INSTANCE_IPV4 = "10.87.1.20", own = var.changed ? "after" : "before" }
}

# ── sources ──
data "aws_availability_zone" "a" {
  name = "us-west-2b"
}
data "aws_key_pair" "k" {
  key_name           = aws_key_pair.k.key_name
  include_public_key = true
  depends_on         = [aws_key_pair.k]
}
data "aws_network_interface" "i" {
  id = aws_network_interface.i.id
}
data "aws_network_interfaces" "i" {
  filter {
    name   = "subnet-id"
    values = [aws_network_interface.i.subnet_id]
  }
}
data "aws_vpc_dhcp_options" "o" {
  dhcp_options_id = aws_vpc_dhcp_options.o.id
}
data "aws_ec2_managed_prefix_list" "l" {
  id = aws_ec2_managed_prefix_list.l.id
}
data "aws_eip" "e" {
  public_ip = aws_eip.e.public_ip
}
data "aws_regions" "all" {}
data "aws_lb_hosted_zone_id" "z" {}
data "aws_service" "ecs" {
  service_id = "ecs"
}
data "aws_service_principal" "ecs" {
  service_name = "ecs"
}
data "aws_iam_openid_connect_provider" "o" {
  url        = "https://token.example.com"
  depends_on = [aws_iam_openid_connect_provider.o]
}
output "same" {
  value = {
    zone      = [data.aws_availability_zone.a.name_suffix == "b", aws_subnet.s.availability_zone == "us-west-2b"]
    key       = [data.aws_key_pair.k.fingerprint == aws_key_pair.k.fingerprint, startswith(data.aws_key_pair.k.public_key, "ssh-ed25519 ")]
    interface = [data.aws_network_interface.i.vpc_id == aws_vpc.v.id, contains(data.aws_network_interfaces.i.ids, aws_network_interface.i.id)]
    options   = [data.aws_vpc_dhcp_options.o.domain_name_servers[0] == "AmazonProvidedDNS"]
    list      = [length(data.aws_ec2_managed_prefix_list.l.entries) == 2]
    address   = [data.aws_eip.e.id == aws_eip.e.id, startswith(aws_eip.e.public_dns, "ec2-")]
    names     = [contains(data.aws_regions.all.names, "us-west-2"), data.aws_lb_hosted_zone_id.z.id == "Z1H1FL5HABSF5", data.aws_service.ecs.dns_name == "ecs.us-west-2.amazonaws.com", data.aws_service_principal.ecs.name == "ecs.amazonaws.com"]
    provider  = [data.aws_iam_openid_connect_provider.o.arn == aws_iam_openid_connect_provider.o.arn]
  }
}
