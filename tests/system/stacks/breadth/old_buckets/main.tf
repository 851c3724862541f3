variable "changed" {
  default = false
}

resource "aws_s3_bucket" "logs" {
  bucket_prefix = "breadth-logs"
  force_destroy = true
}

resource "aws_s3_bucket" "b" {
  bucket_prefix       = "breadth-old"
  force_destroy       = true
  acceleration_status = var.changed ? "Suspended" : "Enabled"
  request_payer       = var.changed ? "BucketOwner" : "Requester"

  cors_rule {
    allowed_headers = ["*"]
    allowed_methods = var.changed ? ["GET", "HEAD"] : ["GET"]
    allowed_origins = ["https://a.test"]
    max_age_seconds = 3000
  }
  website {
    index_document = "index.html"
    error_document = var.changed ? "wrong.html" : "error.html"
    routing_rules  = jsonencode([{ Condition = { KeyPrefixEquals = "a/" }, Redirect = { ReplaceKeyPrefixWith = "b/" } }])
  }
  logging {
    target_bucket = aws_s3_bucket.logs.id
    target_prefix = var.changed ? "new/" : "log/"
  }
  lifecycle_rule {
    id      = "moves"
    enabled = true
    prefix  = "old/"
    transition {
      days          = var.changed ? 60 : 30
      storage_class = "STANDARD_IA"
    }
    noncurrent_version_transition {
      days          = 30
      storage_class = "GLACIER"
    }
    expiration {
      days = 365
    }
  }
}

resource "aws_s3_bucket" "redirect" {
  bucket_prefix = "breadth-redirect"
  website {
    redirect_all_requests_to = var.changed ? "https://b.test" : "https://a.test"
  }
}

resource "aws_s3_bucket" "locked" {
  bucket_prefix = "breadth-locked"
  force_destroy = true
  object_lock_configuration {
    object_lock_enabled = "Enabled"
    rule {
      default_retention {
        mode = "GOVERNANCE"
        days = var.changed ? 2 : 1
      }
    }
  }
}

output "same" {
  value = {
    site = [aws_s3_bucket.b.website_endpoint == "${aws_s3_bucket.b.id}.s3-website-us-west-2.amazonaws.com", aws_s3_bucket.b.website_domain == "s3-website-us-west-2.amazonaws.com", aws_s3_bucket.logs.website_endpoint == null || aws_s3_bucket.logs.website_endpoint == ""]
    lock = [aws_s3_bucket.locked.object_lock_enabled]
  }
}
