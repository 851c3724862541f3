locals {
  trust = { for who in ["ecs-tasks", "ecs"] : who => jsonencode({ Version = "2012-10-17", Statement = [{ Action = "sts:AssumeRole", Effect = "Allow", Principal = { Service = "${who}.amazonaws.com" } }] }) }
  read  = jsonencode({ Version = "2012-10-17", Statement = [{ Action = local.c ? "s3:ListBucket" : "s3:GetObject", Effect = "Allow", Resource = "*" }] })
}
resource "aws_iam_policy" "p" {
  count  = 2
  name   = "read${count.index}"
  policy = local.read
  tags   = local.tags
}
resource "aws_iam_role" "r" {
  count                 = 2
  name                  = "r${count.index}"
  assume_role_policy    = local.trust[local.c ? "ecs" : "ecs-tasks"]
  description           = local.c ? "two" : "one"
  max_session_duration  = local.c ? 7200 : 3600
  force_detach_policies = local.c
  permissions_boundary  = aws_iam_policy.p[local.c ? 1 : 0].arn
  tags                  = local.tags
}
resource "aws_iam_role" "inside" {
  name                = "inside"
  assume_role_policy  = local.trust["ecs-tasks"]
  managed_policy_arns = [aws_iam_policy.p[local.c ? 1 : 0].arn]
  inline_policy {
    name   = local.c ? "two" : "one"
    policy = local.read
  }
}
resource "aws_iam_role_policy" "p" {
  name   = "inline"
  role   = aws_iam_role.r[0].id
  policy = local.read
}
resource "aws_iam_instance_profile" "p" {
  name = "profile"
  role = aws_iam_role.r[local.c ? 1 : 0].name
  tags = local.tags
}
resource "aws_iam_user" "u" {
  count                = 2
  name                 = "${local.c ? "new" : "old"}${count.index}"
  path                 = local.c ? "/two/" : "/one/"
  permissions_boundary = aws_iam_policy.p[local.c ? 1 : 0].arn
  force_destroy        = local.c
}
resource "aws_iam_user_policy" "p" {
  name       = "inline"
  user       = "keeper"
  policy     = local.read
  depends_on = [aws_iam_user.keeper]
}
resource "aws_iam_user" "keeper" {
  name = "keeper"
  tags = local.tags
}
resource "aws_iam_access_key" "k" {
  user   = aws_iam_user.keeper.name
  status = local.c ? "Inactive" : "Active"
}
resource "aws_iam_group" "g" {
  name = local.c ? "crowd" : "people"
  path = local.c ? "/two/" : "/one/"
}
resource "aws_iam_group" "few" {
  name = "few"
}
resource "aws_iam_group_membership" "m" {
  name  = "m"
  group = aws_iam_group.few.name
  users = local.c ? [aws_iam_user.keeper.name] : [aws_iam_user.keeper.name, aws_iam_user.extra.name]
}
resource "aws_iam_user" "extra" {
  name = "extra"
}
resource "aws_s3_bucket" "b" {
  bucket        = "landfall-change-state"
  force_destroy = local.c
  tags          = local.tags
}
resource "aws_s3_bucket" "old" {
  bucket = "landfall-change-old"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Sid = local.c ? "b" : "a", Effect = "Allow", Principal = { AWS = data.aws_caller_identity.me.arn }, Action = "s3:GetObject", Resource = "arn:aws:s3:::landfall-change-old/*" }] })
  versioning {
    enabled = local.c
  }
  server_side_encryption_configuration {
    rule {
      bucket_key_enabled = local.c
      apply_server_side_encryption_by_default {
        sse_algorithm = "AES256"
      }
    }
  }
  lifecycle_rule {
    id      = local.c ? "two" : "one"
    prefix  = local.c ? "two/" : "one/"
    tags    = { a = local.c ? "two" : "one" }
    enabled = local.c
    expiration {
      days = local.c ? 20 : 10
    }
    noncurrent_version_expiration {
      days = local.c ? 20 : 10
    }
  }
  lifecycle_rule {
    id                                     = "parts"
    enabled                                = true
    abort_incomplete_multipart_upload_days = local.c ? 20 : 10
    expiration {
      date = local.c ? "2031-01-01" : "2030-01-01"
    }
  }
  lifecycle_rule {
    id      = "markers"
    enabled = true
    expiration {
      expired_object_delete_marker = local.c
    }
  }
}
resource "aws_s3_bucket_versioning" "v" {
  bucket = aws_s3_bucket.b.id
  versioning_configuration {
    status = local.c ? "Suspended" : "Enabled"
  }
}
resource "aws_s3_bucket_server_side_encryption_configuration" "e" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
    bucket_key_enabled = local.c
  }
}
resource "aws_s3_bucket_public_access_block" "p" {
  bucket                  = aws_s3_bucket.b.id
  block_public_acls       = local.c
  block_public_policy     = local.c
  ignore_public_acls      = local.c
  restrict_public_buckets = local.c
}
resource "aws_s3_bucket_policy" "p" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Sid = local.c ? "b" : "a", Effect = "Allow", Principal = { AWS = data.aws_caller_identity.me.arn }, Action = "s3:GetObject", Resource = "${aws_s3_bucket.b.arn}/*" }] })
}
resource "aws_s3_object" "o" {
  bucket              = aws_s3_bucket.logs[0].id
  key                 = "hello"
  content             = local.c ? "two" : "one"
  cache_control       = local.c ? "no-cache" : "no-store"
  content_disposition = local.c ? "inline" : "attachment"
  content_encoding    = local.c ? "identity" : "utf-8"
  content_language    = local.c ? "de" : "en"
  content_type        = local.c ? "text/html" : "text/plain"
  metadata            = { a = local.c ? "two" : "one" }
  source_hash         = local.c ? "two" : "one"
  force_destroy       = local.c
  tags                = local.tags
}
resource "aws_s3_object" "file" {
  bucket             = aws_s3_bucket.logs[0].id
  key                = "file"
  source             = local.c ? "${path.module}/cert1.pem" : "${path.module}/cert0.pem"
  acl                = local.c ? "bucket-owner-full-control" : "private"
  checksum_algorithm = local.c ? "SHA256" : "SHA1"
}
resource "aws_s3_object" "bytes" {
  bucket         = aws_s3_bucket.logs[0].id
  key            = "bytes"
  content_base64 = local.c ? "dHdv" : "b25l"
}
resource "aws_dynamodb_table" "t" {
  name             = "locks"
  billing_mode     = local.c ? "PROVISIONED" : "PAY_PER_REQUEST"
  hash_key         = "LockID"
  read_capacity    = local.c ? 2 : null
  write_capacity   = local.c ? 2 : null
  stream_enabled   = local.c
  stream_view_type = local.c ? "NEW_IMAGE" : null
  table_class      = local.c ? "STANDARD_INFREQUENT_ACCESS" : "STANDARD"
  attribute {
    name = "LockID"
    type = "S"
  }
  ttl {
    attribute_name = "expires"
    enabled        = local.c
  }
  point_in_time_recovery {
    enabled                 = local.c
    recovery_period_in_days = local.c ? 10 : null
  }
  tags = local.tags
}
resource "aws_dynamodb_table" "indexed" {
  name           = "indexed"
  billing_mode   = "PROVISIONED"
  hash_key       = "Id"
  read_capacity  = local.c ? 2 : 1
  write_capacity = local.c ? 2 : 1
  attribute {
    name = "Id"
    type = "S"
  }
  attribute {
    name = local.c ? "Two" : "One"
    type = local.c ? "N" : "S"
  }
  attribute {
    name = local.c ? "RangeTwo" : "RangeOne"
    type = "S"
  }
  global_secondary_index {
    name               = local.c ? "two" : "one"
    hash_key           = local.c ? "Two" : "One"
    range_key          = local.c ? "RangeTwo" : "RangeOne"
    projection_type    = local.c ? "KEYS_ONLY" : "INCLUDE"
    non_key_attributes = local.c ? null : ["X"]
    read_capacity      = local.c ? 2 : 1
    write_capacity     = local.c ? 2 : 1
  }
}
resource "aws_dynamodb_table" "kept" {
  name                        = "kept"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "Id"
  deletion_protection_enabled = local.c
  attribute {
    name = "Id"
    type = "S"
  }
}
resource "aws_cloudwatch_metric_alarm" "plain" {
  alarm_name                = "plain"
  alarm_description         = local.c ? "two" : "one"
  actions_enabled           = local.c
  alarm_actions             = [local.c ? aws_appautoscaling_policy.steps.arn : aws_appautoscaling_policy.other.arn]
  ok_actions                = [local.c ? aws_appautoscaling_policy.steps.arn : aws_appautoscaling_policy.other.arn]
  insufficient_data_actions = [local.c ? aws_appautoscaling_policy.steps.arn : aws_appautoscaling_policy.other.arn]
  comparison_operator       = local.c ? "LessThanThreshold" : "GreaterThanThreshold"
  evaluation_periods        = local.c ? 3 : 2
  datapoints_to_alarm       = local.c ? 2 : 1
  metric_name               = local.c ? "MemoryUtilization" : "CPUUtilization"
  namespace                 = local.c ? "AWS/ECS" : "AWS/Other"
  period                    = local.c ? 120 : 60
  statistic                 = local.c ? "Maximum" : "Average"
  unit                      = local.c ? "Count" : "Percent"
  threshold                 = local.c ? 90 : 80
  treat_missing_data        = local.c ? "breaching" : "missing"
  dimensions                = { ClusterName = local.c ? "two" : "one" }
  tags                      = local.tags
}
resource "aws_appautoscaling_policy" "other" {
  name               = "other"
  policy_type        = "StepScaling"
  service_namespace  = aws_appautoscaling_target.least.service_namespace
  resource_id        = aws_appautoscaling_target.least.resource_id
  scalable_dimension = aws_appautoscaling_target.least.scalable_dimension
  step_scaling_policy_configuration {
    adjustment_type = "ChangeInCapacity"
    step_adjustment {
      metric_interval_lower_bound = 0
      scaling_adjustment          = 1
    }
  }
}
resource "aws_cloudwatch_metric_alarm" "slow" {
  alarm_name                            = "slow"
  comparison_operator                   = "GreaterThanThreshold"
  evaluation_periods                    = 2
  metric_name                           = "TargetResponseTime"
  namespace                             = "AWS/ApplicationELB"
  period                                = 60
  extended_statistic                    = local.c ? "p99" : "p90"
  evaluate_low_sample_count_percentiles = local.c ? "ignore" : "evaluate"
  threshold                             = 1
}
resource "aws_cloudwatch_metric_alarm" "formula" {
  alarm_name          = "formula"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 2
  threshold           = 1
  metric_query {
    id          = local.c ? "y" : "x"
    expression  = local.c ? "n * 3" : "m * 2"
    period      = local.c ? 120 : 60
    label       = local.c ? "two" : "one"
    return_data = true
  }
  metric_query {
    id = local.c ? "n" : "m"
    metric {
      metric_name = local.c ? "Two" : "One"
      namespace   = local.c ? "Second" : "First"
      period      = local.c ? 120 : 60
      stat        = local.c ? "Maximum" : "Sum"
      unit        = local.c ? "Count" : "Percent"
      dimensions  = { A = local.c ? "two" : "one" }
    }
  }
}
resource "aws_secretsmanager_secret" "s" {
  name                    = "db"
  description             = local.c ? "two" : "one"
  recovery_window_in_days = local.c ? 0 : 7
  policy                  = jsonencode({ Version = "2012-10-17", Statement = [{ Sid = local.c ? "b" : "a", Effect = "Allow", Principal = { AWS = data.aws_caller_identity.me.arn }, Action = "secretsmanager:GetSecretValue", Resource = "*" }] })
  tags                    = local.tags
}
resource "aws_secretsmanager_secret_version" "s" {
  secret_id      = aws_secretsmanager_secret.s.id
  secret_string  = "one"
  version_stages = local.c ? ["AWSCURRENT", "two"] : ["AWSCURRENT", "one"]
}
resource "aws_ssm_parameter" "p" {
  name            = "/app/level"
  type            = local.c ? "StringList" : "String"
  value           = local.c ? "debug,info" : "info"
  description     = local.c ? "two" : "one"
  allowed_pattern = local.c ? "[a-z,]+" : "[a-z]+"
  tags            = local.tags
}
resource "aws_ssm_parameter" "written" {
  name             = "/app/written"
  type             = "SecureString"
  tier             = local.c ? "Advanced" : "Standard"
  value_wo         = local.c ? "two" : "one"
  value_wo_version = local.c ? 2 : 1
}
resource "aws_ssm_parameter" "open" {
  name           = "/app/open"
  type           = "String"
  insecure_value = local.c ? "two" : "one"
}
resource "aws_s3_object" "page" {
  bucket           = aws_s3_bucket.logs[0].id
  key              = "page"
  content          = "page"
  website_redirect = local.c ? "/two" : "/one"
}
resource "aws_s3_bucket" "site" {
  bucket = "landfall-change-site"
  cors_rule {
    allowed_headers = [local.c ? "X-Two" : "X-One"]
    allowed_methods = [local.c ? "PUT" : "GET"]
    allowed_origins = ["https://${local.c ? "two" : "one"}.test"]
    expose_headers  = [local.c ? "X-Two" : "X-One"]
    max_age_seconds = local.c ? 20 : 10
  }
  website {
    index_document = local.c ? "two.html" : "one.html"
    error_document = local.c ? "error2.html" : "error1.html"
    routing_rules  = jsonencode([{ Condition = { KeyPrefixEquals = local.c ? "two/" : "one/" }, Redirect = { ReplaceKeyPrefixWith = "x/" } }])
  }
  logging {
    target_bucket = aws_s3_bucket.logs[local.c ? 1 : 0].id
    target_prefix = local.c ? "two/" : "one/"
  }
}
resource "aws_s3_bucket" "elsewhere" {
  bucket = "landfall-change-elsewhere"
  website {
    redirect_all_requests_to = local.c ? "https://two.test" : "https://one.test"
  }
}
