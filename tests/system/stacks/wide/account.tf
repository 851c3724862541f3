locals {
  trust = jsonencode({ Version = "2012-10-17", Statement = [{ Action = "sts:AssumeRole", Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" } }] })
  read  = jsonencode({ Version = "2012-10-17", Statement = [{ Action = var.changed ? "s3:ListBucket" : "s3:GetObject", Effect = "Allow", Resource = "*" }] })
}
resource "aws_iam_role" "exec" {
  name                 = "exec"
  assume_role_policy   = local.trust
  description          = var.changed ? "two" : "one"
  max_session_duration = var.changed ? 7200 : 3600
  tags                 = local.tags
}
resource "aws_iam_role_policy" "p" {
  name   = "inline"
  role   = aws_iam_role.exec.id
  policy = local.read
}
resource "aws_iam_role_policy_attachment" "managed" {
  role       = aws_iam_role.exec.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}
resource "aws_iam_policy" "p" {
  name   = "read"
  policy = local.read
  tags   = local.tags
}
resource "aws_iam_role_policy_attachment" "own" {
  role       = aws_iam_role.exec.name
  policy_arn = aws_iam_policy.p.arn
}
resource "aws_iam_instance_profile" "p" {
  name = "profile"
  role = aws_iam_role.exec.name
  tags = local.tags
}
resource "aws_iam_user" "u" {
  name          = "someone"
  force_destroy = true
  tags          = local.tags
}
resource "aws_iam_user_policy" "p" {
  name   = "inline"
  user   = aws_iam_user.u.name
  policy = local.read
}
resource "aws_iam_access_key" "k" {
  user   = aws_iam_user.u.name
  status = var.changed ? "Inactive" : "Active"
}
resource "aws_iam_group" "g" {
  name = "people"
}
resource "aws_iam_group_membership" "m" {
  name  = "m"
  group = aws_iam_group.g.name
  users = [aws_iam_user.u.name]
}
resource "aws_s3_bucket" "b" {
  bucket        = "landfall-wide-state"
  force_destroy = true
  tags          = local.tags
}
resource "aws_s3_bucket_versioning" "v" {
  bucket = aws_s3_bucket.b.id
  versioning_configuration {
    status = var.changed ? "Suspended" : "Enabled"
  }
}
resource "aws_s3_bucket_server_side_encryption_configuration" "e" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
    bucket_key_enabled = var.changed
  }
}
resource "aws_s3_bucket_public_access_block" "p" {
  bucket                  = aws_s3_bucket.b.id
  block_public_acls       = true
  block_public_policy     = var.changed
  ignore_public_acls      = true
  restrict_public_buckets = true
}
resource "aws_s3_bucket_policy" "p" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Sid = var.changed ? "b" : "a", Effect = "Allow", Principal = { AWS = data.aws_caller_identity.me.arn },
  Action = "s3:GetObject", Resource = "${aws_s3_bucket.b.arn}/*" }] })
}
resource "aws_s3_object" "o" {
  bucket  = aws_s3_bucket_versioning.v.bucket
  key     = "hello"
  content = var.changed ? "two" : "one"
}
resource "aws_dynamodb_table" "t" {
  name         = "locks"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "LockID"
  attribute {
    name = "LockID"
    type = "S"
  }
  dynamic "ttl" {
    for_each = var.changed ? ["expires"] : []
    content {
      attribute_name = ttl.value
      enabled        = true
    }
  }
  deletion_protection_enabled = false
  tags                        = local.tags
}
