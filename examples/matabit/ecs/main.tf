provider "aws" {
  region = "us-west-2"
}

terraform {
  backend "s3" {
    bucket         = "matabit-terraform-state-bucket"
    region         = "us-west-2"
    key            = "ecs/terraform.tfstate"
    dynamodb_table = "matabit-terraform-statelock"
    encrypt        = true
  }
}

data "terraform_remote_state" "vpc" {
  backend = "s3"

  config {
    bucket = "matabit-terraform-state-bucket"
    key    = "vpc/terraform.tfstate"
    region = "us-west-2"
  }
}

data "aws_acm_certificate" "matabit" {
  domain   = "matabit.org"
  statuses = ["ISSUED"]
}
