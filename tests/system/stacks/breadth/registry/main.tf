variable "changed" {
  default = false
}

data "aws_caller_identity" "me" {}

resource "aws_ecr_registry_policy" "p" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = var.changed ? "after" : "before"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" }
      Action    = ["ecr:ReplicateImage"]
      Resource  = ["arn:aws:ecr:us-west-2:${data.aws_caller_identity.me.account_id}:repository/*"]
    }]
  })
}

resource "aws_ecr_registry_scanning_configuration" "s" {
  scan_type = "BASIC"
  rule {
    scan_frequency = "SCAN_ON_PUSH"
    repository_filter {
      filter      = var.changed ? "team-*" : "*"
      filter_type = "WILDCARD"
    }
  }
}

resource "aws_ecr_account_setting" "s" {
  name  = "BASIC_SCAN_TYPE_VERSION"
  value = var.changed ? "AWS_NATIVE" : "CLAIR"
}

resource "aws_ecr_replication_configuration" "r" {
  replication_configuration {
    rule {
      destination {
        region      = var.changed ? "eu-west-1" : "us-east-1"
        registry_id = data.aws_caller_identity.me.account_id
      }
      repository_filter {
        filter      = "prod-"
        filter_type = "PREFIX_MATCH"
      }
    }
  }
}

resource "aws_ecr_repository_creation_template" "t" {
  prefix               = "team"
  description          = var.changed ? "after" : "before"
  image_tag_mutability = var.changed ? "MUTABLE" : "IMMUTABLE"
  applied_for          = ["REPLICATION"]
  encryption_configuration {
    encryption_type = "AES256"
  }
  lifecycle_policy = jsonencode({ rules = [{ rulePriority = 1, selection = { tagStatus = "untagged", countType = "imageCountMoreThan", countNumber = 5 }, action = { type = "expire" } }] })
  resource_tags = {
    Name = var.changed ? "after" : "before"
  }
}

data "aws_ecr_repository_creation_template" "t" {
  prefix = aws_ecr_repository_creation_template.t.prefix
}

resource "aws_dynamodb_table" "t" {
  name         = "breadth"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  attribute {
    name = "id"
    type = "S"
  }
  lifecycle {
    ignore_changes = [tags, tags_all]
  }
}

resource "aws_dynamodb_resource_policy" "p" {
  resource_arn = aws_dynamodb_table.t.arn
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = var.changed ? "after" : "before", Effect = "Allow", Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" }, Action = "dynamodb:GetItem", Resource = aws_dynamodb_table.t.arn }]
  })
}

resource "aws_dynamodb_tag" "t" {
  resource_arn = aws_dynamodb_table.t.arn
  key          = "stage"
  value        = var.changed ? "after" : "before"
}

resource "aws_dynamodb_table_item" "i" {
  table_name = aws_dynamodb_table.t.name
  hash_key   = aws_dynamodb_table.t.hash_key
  item       = jsonencode({ id = { S = "x" }, title = { S = "one" } })
}

data "aws_dynamodb_table" "t" {
  name = aws_dynamodb_table.t.name
}

data "aws_dynamodb_tables" "all" {
  depends_on = [aws_dynamodb_table.t]
}

data "aws_dynamodb_table_item" "i" {
  table_name                 = aws_dynamodb_table.t.name
  key                        = jsonencode({ id = { S = "x" } })
  projection_expression      = "#t"
  expression_attribute_names = { "#t" = "title" }
  depends_on                 = [aws_dynamodb_table_item.i]
}

resource "aws_secretsmanager_secret" "s" {
  name                    = "breadth"
  recovery_window_in_days = 0
  replica {
    region = var.changed ? "eu-west-1" : "us-east-1"
  }
}

resource "aws_secretsmanager_secret_version" "v" {
  secret_id     = aws_secretsmanager_secret.s.id
  secret_string = "hidden"
}

data "aws_secretsmanager_secret_versions" "s" {
  secret_id  = aws_secretsmanager_secret.s.id
  depends_on = [aws_secretsmanager_secret_version.v]
}

resource "aws_cloudwatch_log_group" "l" {
  count = 2
  name  = "breadth${count.index}"
}

resource "aws_cloudwatch_log_delivery_destination" "d" {
  name          = "breadth"
  output_format = "json"
  delivery_destination_configuration {
    destination_resource_arn = aws_cloudwatch_log_group.l[var.changed ? 1 : 0].arn
  }
  tags = {
    Name = var.changed ? "after" : "before"
  }
}

resource "aws_cloudwatch_log_delivery_destination_policy" "d" {
  delivery_destination_name   = aws_cloudwatch_log_delivery_destination.d.name
  delivery_destination_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Sid = var.changed ? "after" : "before", Effect = "Allow", Principal = { AWS = "000000000000" }, Action = "logs:CreateDelivery", Resource = "*" }] })
}

output "same" {
  value = {
    template = [data.aws_ecr_repository_creation_template.t.description == aws_ecr_repository_creation_template.t.description, data.aws_ecr_repository_creation_template.t.applied_for == toset(["REPLICATION"])]
    table    = [data.aws_dynamodb_table.t.arn == aws_dynamodb_table.t.arn, data.aws_dynamodb_table.t.hash_key == "id", data.aws_dynamodb_table.t.billing_mode == "PAY_PER_REQUEST", contains(data.aws_dynamodb_tables.all.names, "breadth")]
    item     = [jsondecode(data.aws_dynamodb_table_item.i.item) == { title = { S = "one" } }]
    versions = [data.aws_secretsmanager_secret_versions.s.versions[0].version_id == aws_secretsmanager_secret_version.v.version_id, data.aws_secretsmanager_secret_versions.s.name == "breadth"]
    registry = [aws_ecr_registry_policy.p.registry_id == data.aws_caller_identity.me.account_id, aws_ecr_registry_scanning_configuration.s.id == data.aws_caller_identity.me.account_id]
  }
}
