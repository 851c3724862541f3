variable "changed" {
  default = false
}

resource "aws_s3_bucket" "logs" {
  bucket_prefix = "breadth-logs"
  force_destroy = true
}

resource "aws_s3_bucket_ownership_controls" "logs" {
  bucket = aws_s3_bucket.logs.id
  rule {
    object_ownership = "ObjectWriter"
  }
}

resource "aws_s3_bucket_public_access_block" "logs" {
  bucket                  = aws_s3_bucket.logs.id
  block_public_acls       = false
  block_public_policy     = false
  ignore_public_acls      = false
  restrict_public_buckets = false
}

resource "aws_s3_bucket_acl" "logs" {
  bucket     = aws_s3_bucket.logs.id
  acl        = var.changed ? "public-read" : "log-delivery-write"
  depends_on = [aws_s3_bucket_ownership_controls.logs, aws_s3_bucket_public_access_block.logs]
}

data "aws_canonical_user_id" "me" {}

resource "aws_s3_bucket" "granted" {
  bucket_prefix = "breadth-granted"
}

resource "aws_s3_bucket_ownership_controls" "granted" {
  bucket = aws_s3_bucket.granted.id
  rule {
    object_ownership = "BucketOwnerPreferred"
  }
}

resource "aws_s3_bucket_acl" "granted" {
  bucket = aws_s3_bucket_ownership_controls.granted.bucket
  access_control_policy {
    grant {
      permission = "FULL_CONTROL"
      grantee {
        id   = data.aws_canonical_user_id.me.id
        type = "CanonicalUser"
      }
    }
    grant {
      permission = var.changed ? "WRITE" : "READ_ACP"
      grantee {
        type = "Group"
        uri  = "http://acs.amazonaws.com/groups/s3/LogDelivery"
      }
    }
    owner {
      id = data.aws_canonical_user_id.me.id
    }
  }
}

resource "aws_s3_bucket" "site" {
  bucket_prefix = "breadth-site"
  force_destroy = true
}

resource "aws_s3_bucket_logging" "site" {
  bucket        = aws_s3_bucket.site.id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = var.changed ? "site/" : ""
  dynamic "target_object_key_format" {
    for_each = var.changed ? [1] : []
    content {
      partitioned_prefix {
        partition_date_source = "EventTime"
      }
    }
  }
}

resource "aws_s3_bucket_cors_configuration" "site" {
  bucket = aws_s3_bucket.site.id
  cors_rule {
    allowed_headers = ["*"]
    allowed_methods = var.changed ? ["GET", "PUT"] : ["GET"]
    allowed_origins = ["https://a.test"]
    expose_headers  = ["ETag"]
    max_age_seconds = 3000
  }
  cors_rule {
    id              = "open"
    allowed_methods = ["GET"]
    allowed_origins = ["*"]
  }
}

resource "aws_s3_bucket_website_configuration" "site" {
  bucket = aws_s3_bucket.site.id
  index_document {
    suffix = "index.html"
  }
  error_document {
    key = var.changed ? "wrong.html" : "error.html"
  }
  routing_rule {
    condition {
      key_prefix_equals = "docs/"
    }
    redirect {
      replace_key_prefix_with = var.changed ? "papers/" : "documents/"
    }
  }
}

resource "aws_s3_bucket" "other_site" {
  bucket_prefix = "breadth-other"
}

resource "aws_s3_bucket_website_configuration" "other_site" {
  bucket = aws_s3_bucket.other_site.id
  index_document {
    suffix = "index.html"
  }
  routing_rules = jsonencode([{ Condition = { KeyPrefixEquals = "a/" }, Redirect = { ReplaceKeyPrefixWith = var.changed ? "c/" : "b/" } }])
}

resource "aws_s3_bucket_accelerate_configuration" "site" {
  bucket = aws_s3_bucket.site.id
  status = var.changed ? "Suspended" : "Enabled"
}

resource "aws_s3_bucket_request_payment_configuration" "site" {
  bucket = aws_s3_bucket.site.id
  payer  = var.changed ? "BucketOwner" : "Requester"
}

resource "aws_s3_bucket_lifecycle_configuration" "site" {
  bucket = aws_s3_bucket.site.id
  rule {
    id     = "moves"
    status = "Enabled"
    filter {
      prefix = "old/"
    }
    transition {
      days          = var.changed ? 60 : 30
      storage_class = "STANDARD_IA"
    }
    transition {
      days          = 90
      storage_class = "GLACIER"
    }
    noncurrent_version_transition {
      noncurrent_days = 30
      storage_class   = "STANDARD_IA"
    }
    expiration {
      days = 365
    }
  }
}

resource "aws_s3_bucket" "locked" {
  bucket_prefix       = "breadth-locked"
  object_lock_enabled = true
  force_destroy       = true
}

resource "aws_s3_bucket_object_lock_configuration" "locked" {
  bucket = aws_s3_bucket.locked.id
  rule {
    default_retention {
      mode = "GOVERNANCE"
      days = var.changed ? 2 : 1
    }
  }
}

resource "aws_s3_bucket_metric" "m" {
  bucket = aws_s3_bucket.site.id
  name   = "all"
  filter {
    prefix = var.changed ? "b/" : "a/"
    tags = {
      k = "v"
    }
  }
}

resource "aws_s3_bucket_metric" "whole" {
  bucket = aws_s3_bucket.site.id
  name   = "whole"
}

resource "aws_s3_bucket_analytics_configuration" "a" {
  bucket = aws_s3_bucket.site.id
  name   = "kinds"
  filter {
    prefix = "a/"
  }
  storage_class_analysis {
    data_export {
      destination {
        s3_bucket_destination {
          bucket_arn = aws_s3_bucket.logs.arn
          prefix     = var.changed ? "b/" : "a/"
        }
      }
    }
  }
}

resource "aws_s3_bucket_intelligent_tiering_configuration" "t" {
  bucket = aws_s3_bucket.site.id
  name   = "tiers"
  tiering {
    access_tier = "ARCHIVE_ACCESS"
    days        = var.changed ? 180 : 125
  }
}

resource "aws_s3_bucket_inventory" "i" {
  bucket                   = aws_s3_bucket.site.id
  name                     = "weekly"
  included_object_versions = "All"
  optional_fields          = ["Size"]
  schedule {
    frequency = var.changed ? "Daily" : "Weekly"
  }
  destination {
    bucket {
      format     = "CSV"
      bucket_arn = aws_s3_bucket.logs.arn
      encryption {
        sse_s3 {}
      }
    }
  }
}

resource "aws_s3_object" "o" {
  bucket           = aws_s3_bucket.site.id
  key              = "from/here"
  content          = "text"
  content_type     = "text/plain"
  website_redirect = var.changed ? "/there" : "/here"
  storage_class    = "STANDARD_IA"
}

resource "aws_s3_object_copy" "c" {
  bucket        = aws_s3_bucket.site.id
  key           = "copies/one"
  source        = "${aws_s3_object.o.bucket}/from/here"

  tagging_directive = "REPLACE"
  storage_class     = var.changed ? "STANDARD" : "STANDARD_IA"
  tags = {
    k = "v"
  }
}

resource "aws_s3_bucket_policy" "site" {
  bucket = aws_s3_bucket.site.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Deny", Principal = "*", Action = "s3:DeleteBucket", Resource = aws_s3_bucket.site.arn }] })
}

data "aws_s3_objects" "copies" {
  bucket     = aws_s3_bucket.site.id
  prefix     = "copies/"
  depends_on = [aws_s3_object_copy.c]
}

data "aws_s3_objects" "folders" {
  bucket     = aws_s3_bucket.site.id
  delimiter  = "/"
  depends_on = [aws_s3_object_copy.c]
}

data "aws_s3_bucket_policy" "site" {
  bucket = aws_s3_bucket_policy.site.bucket
}

output "same" {
  value = {
    site    = [aws_s3_bucket_website_configuration.site.website_endpoint == "${aws_s3_bucket.site.id}.s3-website-us-west-2.amazonaws.com", aws_s3_bucket_website_configuration.other_site.routing_rule[0].condition[0].key_prefix_equals == "a/"]
    objects = [data.aws_s3_objects.copies.keys == tolist(["copies/one"]), data.aws_s3_objects.folders.common_prefixes == tolist(["copies/", "from/"])]
    policy  = [jsondecode(data.aws_s3_bucket_policy.site.policy) == jsondecode(aws_s3_bucket_policy.site.policy)]
    copy    = [aws_s3_object_copy.c.etag == md5("text"), aws_s3_object_copy.c.content_type == "text/plain"]
  }
}
